#include "flow/gone_queues.hpp"

#include <algorithm>

#include "base/has.hpp"
#include "flow/assign.hpp"
#include "model/json.hpp"

namespace jackfield::flow {
namespace {

constexpr std::string_view kKnown = "queues";  // names of those that were configured, as far as something may wait there

// True: there are more.
bool empty_queue(store::Unit& unit, const Environment& env, const std::string& queue, std::size_t most, Time now) {
  bool more = false;
  for (const auto c : {CapacityClass::message, CapacityClass::chat, CapacityClass::voice}) {
    const auto waiting = unit.waiting(queue, c, most);
    more |= waiting.size() == most;
    for (auto* conversation : waiting) settle(unit, env, *conversation, now);
  }
  return more;
}

}  // namespace

void leave_gone_queue(store::Unit& unit, const Environment& env, Conversation& conversation, Time now) {
  if (env.config.queue(conversation.queue) || env.config.queues.empty()) return;
  const std::string& first = env.config.queues.front().name;
  Event event{.type = EventType::conversation_updated,
              .at = now,
              .source = "assignment",
              .conversation = conversation.id,
              .contact = conversation.contact};
  event.data = "{\"queue\":";
  append_string(event.data, first);
  event.data += ",\"reason\":";
  append_string(event.data, "queue " + conversation.queue + " is not configured any more");
  event.data += '}';
  enter_queue(unit, env, conversation, first, now);
  unit.add(std::move(event));
}

bool empty_gone_queues(store::Unit& unit, const Environment& env, std::size_t most) {
  const Time now = env.clock.now();
  std::vector<std::string> names;
  for (const auto& queue : env.config.queues) names.push_back(queue.name);
  const auto kept = unit.kv("", kKnown);
  bool more = false;
  for (const auto& queue : strings_from_json(kept.value_or("[]"))) {
    if (has(names, queue) || !empty_queue(unit, env, queue, most, now)) continue;
    names.push_back(queue);
    more = true;
  }
  if (std::string known = strings_to_json(names); known != kept) unit.set_kv("", kKnown, std::move(known));
  return more;
}

}  // namespace jackfield::flow
