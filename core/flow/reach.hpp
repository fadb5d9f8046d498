// Which queues the messages of a channel may come into, as the rules stand now.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "flow/environment.hpp"
#include "flow/rules.hpp"

namespace jackfield::flow {

// What of a message is known before it is written.
struct ChannelFacts {
  std::string_view channel, plugin;
  const std::vector<std::string>* visibilities = nullptr;  // that its messages may have; null or empty: any
  std::function<bool(const std::string&)> is_open;         // of a calendar, now
  std::function<QueueNow(const std::string&)> queue_now;
};

// In the order of the rules, each once. Conditions on the channel, its connector, hours and queues are decided as they
// stand; all others may hold or not. The first rule that must hold ends the list; where none does, the first queue is
// reached as well.
std::vector<std::string> reachable_queues(const FlowConfig& config, const ChannelFacts& facts);

}  // namespace jackfield::flow
