#include "flow/queue_now.hpp"

#include <algorithm>

#include "flow/agents.hpp"
#include "flow/assign.hpp"

namespace jackfield::flow {
namespace {

constexpr std::int64_t kMostCounted = 10'000;  // no rule looks further

}  // namespace

bool is_open(const Environment& env, const std::string& calendar, Time now) {
  const Calendar* hours = env.calendar(calendar);
  return !hours || hours->is_open(now);
}

QueueNow queue_now(store::Unit& unit, const Environment& env, const std::string& name) {
  QueueNow out;
  const QueueSpec* queue = env.config.queue(name);
  if (!queue) return out;
  out.waiting = unit.count_waiting(name, kMostCounted);
  const auto online = unit.agents(Presence::online);
  out.agents =
      std::count_if(online.begin(), online.end(), [&](const Agent* a) { return a->enabled && serves(*a, *queue); });
  if (const auto* history = unit.queue_history(name)) out.wait = expected_wait(*history, out.waiting, out.agents);
  return out;
}

}  // namespace jackfield::flow
