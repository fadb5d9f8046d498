// `jackfield simulate smtp`: a mail server that takes every mail, shows it and keeps it, and fails on demand.
// docs/connectors/email.md has its control calls.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "simulate/smtp_sink_session.hpp"

namespace jackfield::simulate {

struct SmtpSinkOptions {
  std::string listen = "127.0.0.1:2526";
  std::string http_listen;          // "127.0.0.1:9001": what came, at GET /messages; empty: no HTTP
  std::vector<std::string> faults;  // reject-rcpt=550, reject-data=554, greylist, drop-after-data, slow=2s
  std::string certificate, key;     // PEM files; with them STARTTLS is offered
  bool quiet = false;               // no mail on stdout
};

struct SmtpSinkAddresses {
  std::string smtp, http;
};

// The sink with threads of its own, for tests as well. Any thread.
class SmtpSink {
 public:
  explicit SmtpSink(SmtpSinkOptions options);
  ~SmtpSink();  // stop()

  Result<SmtpSinkAddresses> start();  // where it listens; an Error for a fault it does not know
  Result<void> set_faults(const std::vector<std::string>& faults);  // instead of those it has
  std::vector<SunkMail> mails() const;                              // so far, oldest first
  void clear();                                                     // forgets them
  void stop();                                                      // safe twice

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Until SIGINT or SIGTERM. The exit code: 0, or 1 with a line on stderr.
int simulate_smtp(const SmtpSinkOptions& options);

}  // namespace jackfield::simulate
