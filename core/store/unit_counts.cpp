// How many wait in a queue and how many are there for it, kept as counts, so that asking costs the same with many.
#include <algorithm>

#include "store/unit_state.hpp"

namespace jackfield::store {

QueueCount* Unit::State::count_of(const std::string& queue) {
  return queue_counts.find(queue, [&] { return backend.load_queue_count(queue); });
}

void Unit::State::count_in(const std::string& queue, std::int64_t QueueCount::*what, int by) {
  if (queue.empty()) return;
  QueueCount* known_count = count_of(queue);
  QueueCount& count = known_count ? *known_count : queue_counts.add({.queue = queue});
  count.*what = std::max<std::int64_t>(0, count.*what + by);
  queue_counts.changed(count);
}

// Where it was counted as waiting, and where it waits now.
void Unit::State::count_place(const Conversation& conversation) {
  std::string& counted = known[conversation.id].waits_in;
  const std::string& queue = waits_in(conversation);
  if (counted == queue) return;
  count_in(counted, &QueueCount::waiting, -1);
  count_in(queue, &QueueCount::waiting, +1);
  counted = queue;
}

void Unit::State::count_places() {
  for (const Conversation* conversation : changed_places) count_place(*conversation);
  changed_places.clear();
}

std::int64_t Unit::count_waiting(const std::string& queue) {
  state_->count_places();
  const QueueCount* count = state_->count_of(queue);
  return count ? count->waiting : 0;
}

std::int64_t Unit::count_agents(const std::string& queue) {
  const QueueCount* count = state_->count_of(queue);
  return count ? count->agents : 0;
}

void Unit::serve(Agent& agent, std::vector<std::string> queues) {
  if (agent.serves == queues) return;
  for (const auto& queue : agent.serves) state_->count_in(queue, &QueueCount::agents, -1);
  for (const auto& queue : queues) state_->count_in(queue, &QueueCount::agents, +1);
  agent.serves = std::move(queues);
  changed(agent);
}

}  // namespace jackfield::store
