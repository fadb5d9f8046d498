// A stand-in for an SMS provider's HTTP API: it takes sends, posts signed messages and receipts to a channel's webhook,
// and misbehaves on demand. docs/connectors/sms.md has its control calls.
#pragma once

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "simulate/sms_dialect.hpp"

namespace jackfield::simulate {

struct SmsSimulatorOptions {
  std::string listen;
  std::string webhook;  // of the channel; empty: nothing is posted
  bool quiet = false;   // no line on stdout for every send, post and answer
};

// With threads of its own, for tests as well.
class SmsSimulator {
 public:
  SmsSimulator(SmsSimulatorOptions options, std::unique_ptr<SmsDialect> dialect);
  ~SmsSimulator();  // stop()

  Result<std::string> start();        // the address it listens on
  void set_webhook(std::string url);  // when the channel's address is known only later; before the first post
  void stop();                        // safe twice

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Until SIGINT or SIGTERM. The exit code: 0, or 1 with a line on stderr.
int simulate_sms(const SmsSimulatorOptions& options, std::unique_ptr<SmsDialect> dialect);

}  // namespace jackfield::simulate
