// Hands a mail to an SMTP server, by libcurl; blocking, for the offload. Any thread: connections are kept and reused,
// one thread at a time each.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oauth_tokens.hpp"
#include "server_address.hpp"

namespace jackfield::email {

struct SmtpServer {
  ServerAddress server;
  std::string user, password;
  std::optional<OauthSettings> oauth;
  TlsPolicy tls = TlsPolicy::required;
  std::string hello_name;  // what we call ourselves
};

struct SmtpJob {
  std::string from;
  std::vector<std::string> to;
  std::string bytes;
  std::int64_t timeout_ms = 30000;
  std::shared_ptr<std::atomic<bool>> cancelled;  // set from another thread; may be null
};

enum class SendOutcome : std::uint8_t { accepted, retry, rejected, unknown, cancelled };
enum class SendFault : std::uint8_t { none, auth, content, recipient, throttled, unavailable };

struct SmtpResult {
  SendOutcome outcome = SendOutcome::retry;
  SendFault fault = SendFault::unavailable;
  std::string code;           // of the server's last answer, "550"
  std::string detail;         // for people
  bool server_fault = false;  // concerns every mail: credentials, TLS, no connection
};

// How far the dialogue came when it ended, and the last thing that was said. What decides the outcome.
struct Dialogue {
  enum class Step : std::uint8_t { connect, auth, mail, rcpt, data, body, end };
  Step step = Step::connect;
  bool all_sent = false;  // every byte of the mail was handed over, so the final dot may have gone too
  int code = 0;           // of the answer to that step; 0: none came
  std::string answer;     // its text
  bool over = false;      // QUIT was said; its answer is of no interest
  bool login_denied = false, cancelled = false;
  std::string trouble;  // what the library says
};
SmtpResult judge(const Dialogue& dialogue);

class SmtpSender {
 public:
  explicit SmtpSender(SmtpServer server);
  ~SmtpSender();
  SmtpSender(const SmtpSender&) = delete;
  SmtpSender& operator=(const SmtpSender&) = delete;
  SmtpResult send(const SmtpJob& job);

 private:
  void* take_handle();
  void give_back(void* handle);

  SmtpServer server_;
  std::mutex mutex_;
  std::vector<void*> idle_;
};

}  // namespace jackfield::email
