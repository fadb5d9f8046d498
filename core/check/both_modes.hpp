// The connector under the real host, in this process or in one of its own, with a provider on this machine: what it did
// is written down line by line, so that two runs can be compared.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "check/context.hpp"
#include "host/host.hpp"
#include "testkit/fake_host.hpp"

namespace jackfield::check {

// Each line "where: what".
using Transcript = std::vector<std::string>;

class LiveHost {
 public:
  // A provider that answers so; its address stands for the setting api_url, where the connector has that.
  LiveHost(Context& context, const boost::json::object& own, host::Isolation isolation, testkit::HttpAnswer answer);
  ~LiveHost();
  LiveHost(const LiveHost&) = delete;
  LiveHost& operator=(const LiveHost&) = delete;

  // Everything waits for its end, 10 s at most, and is written under that name.
  bool start();  // false: it is not ready, and the transcript says what it is
  void webhook(const std::string& name, const testkit::WebhookCall& call);
  void send(const std::string& name, const std::string& message);
  // Stops it, and adds what the provider was asked.
  Transcript end();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Throws Failed with the first line that is another in a process of its own. What differs between two runs in this
// process (times, chance) is not compared.
void compare_modes(const std::function<Transcript(host::Isolation)>& run);

}  // namespace jackfield::check
