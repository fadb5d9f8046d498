// What became of a mail that was handed to an SMTP server.
#pragma once

#include <cstdint>
#include <string>

namespace jackfield::email {

enum class SendOutcome : std::uint8_t { accepted, retry, rejected, unknown, cancelled };
enum class SendFault : std::uint8_t { none, auth, content, recipient, throttled, unavailable };

struct SmtpResult {
  SendOutcome outcome = SendOutcome::retry;
  SendFault fault = SendFault::unavailable;
  std::string code;             // of the server's last answer, "550"
  std::string detail;           // for people
  bool server_fault = false;    // concerns every mail: credentials, TLS, no connection
  bool recipient_wait = false;  // of a retry: concerns this recipient (greylisting)
  std::int64_t after_ms = 0;    // of a retry: not before; 0: nothing was said
};

}  // namespace jackfield::email
