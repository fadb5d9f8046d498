#include "flow/queue_now.hpp"

#include "flow/assign.hpp"

namespace jackfield::flow {

bool is_open(const Environment& env, const std::string& calendar, Time now) {
  const Calendar* hours = env.calendar(calendar);
  return !hours || hours->is_open(now);
}

QueueNow queue_now(store::Unit& unit, const Environment& env, const std::string& name) {
  QueueNow out;
  if (!env.config.queue(name)) return out;
  out.waiting = unit.count_waiting(name);
  out.agents = unit.count_agents(name);
  if (const auto* history = unit.queue_history(name)) out.wait = expected_wait(*history, out.waiting, out.agents);
  return out;
}

}  // namespace jackfield::flow
