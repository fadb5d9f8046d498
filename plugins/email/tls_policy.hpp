// How much TLS a connection to a server needs.
#pragma once

#include <cstdint>

namespace jackfield::email {

enum class TlsPolicy : std::uint8_t {
  required,       // nothing is said without TLS, and the server's certificate is verified
  opportunistic,  // TLS when the server offers it, whoever it is
  none
};

}  // namespace jackfield::email
