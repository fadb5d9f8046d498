#include "flow/conversation_timers.hpp"

namespace jackfield::flow {

void set_timer(store::Unit& unit, const Environment& env, store::TimerKind kind, const Conversation& conversation,
               Time at, std::string payload) {
  store::Timer timer;
  timer.id = env.ids.next();
  timer.kind = kind;
  timer.key = to_string(conversation.id);
  timer.message = conversation.id;
  timer.due_at = at;
  timer.payload = std::move(payload);
  unit.add(std::move(timer));
}

void drop_timer(store::Unit& unit, store::TimerKind kind, const Conversation& conversation) {
  if (auto* timer = unit.timer(kind, "", to_string(conversation.id))) unit.remove(*timer);
}

}  // namespace jackfield::flow
