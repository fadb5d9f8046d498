// Where a server is, and how much TLS a connection to it needs.
#pragma once

#include <cstdint>
#include <string>

namespace jackfield::email {

struct ServerAddress {
  std::string host;
  unsigned port = 0;
  bool encrypted = false;  // TLS from the first byte
};

enum class TlsPolicy : std::uint8_t {
  required,       // nothing is said without TLS, and the server's certificate is verified
  opportunistic,  // TLS when the server offers it, whoever it is
  none
};

}  // namespace jackfield::email
