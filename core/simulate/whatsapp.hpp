// `jackfield simulate whatsapp`: a stand-in for Meta. It takes sends, posts signed messages and receipts to a channel's
// webhook, and misbehaves on demand. docs/connectors/whatsapp.md has its control calls.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"

namespace jackfield::simulate {

// The defaults fit the channel `whatsapp` of examples/quickstart.yaml.
struct WhatsAppOptions {
  std::string listen = "127.0.0.1:9009";
  std::string webhook = "http://127.0.0.1:8080/channels/whatsapp/webhook";  // of the channel; empty: nothing is posted
  std::string app_secret = "demo-app-secret-0001";
  std::string access_token = "demo-access-token-0001";
  std::string phone_number_id = "1000001";
  std::string display_number = "15550001111";
  std::string waba = "WABA1";
  bool quiet = false;  // no line on stdout for every send, post and answer
};

// The simulator with threads of its own, for tests as well.
class WhatsAppSimulator {
 public:
  explicit WhatsAppSimulator(WhatsAppOptions options);
  ~WhatsAppSimulator();  // stop()

  Result<std::string> start();        // the address it listens on
  void set_webhook(std::string url);  // when the channel's address is known only later; before the first post
  void stop();                        // safe twice

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Until SIGINT or SIGTERM. The exit code: 0, or 1 with a line on stderr.
int simulate_whatsapp(const WhatsAppOptions& options);

}  // namespace jackfield::simulate
