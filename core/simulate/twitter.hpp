// `jackfield simulate twitter`: a stand-in for X. It takes sends, keeps webhooks and subscriptions, posts signed events
// or streams them, and misbehaves on demand. docs/connectors/twitter.md has its control calls.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"

namespace jackfield::simulate {

// The defaults fit the channel of examples/twitter.yaml.
struct TwitterOptions {
  std::string listen = "127.0.0.1:9010";
  std::string consumer_key = "demo-consumer-key-0001", consumer_secret = "demo-consumer-secret-0001";
  std::string access_token = "demo-access-token-0001", access_token_secret = "demo-access-token-secret-0001";
  std::string client_id = "demo-client-0001", refresh_token = "demo-refresh-token-0001";  // of OAuth 2.0
  std::string user_id = "1000001";
  std::string webhook;      // registered from the start, as by hand; empty: none
  bool enterprise = false;  // replies to anybody
  bool quiet = false;       // no line on stdout for every call, post and answer
};

// The simulator with threads of its own, for tests as well.
class TwitterSimulator {
 public:
  explicit TwitterSimulator(TwitterOptions options);
  ~TwitterSimulator();  // stop()

  Result<std::string> start();  // the address it listens on
  void stop();                  // safe twice

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Until SIGINT or SIGTERM. The exit code: 0, or 1 with a line on stderr.
int simulate_twitter(const TwitterOptions& options);

}  // namespace jackfield::simulate
