#include "flow/service_levels.hpp"

#include "flow/conversation_timers.hpp"
#include "model/json.hpp"

namespace jackfield::flow {
namespace {

using store::TimerKind;

constexpr std::string_view kAtRisk = "at_risk", kMissed = "missed";

// The next mark of a clock that ends at `due`: at risk first, then missed.
void start(store::Unit& unit, const Environment& env, TimerKind kind, const Conversation& conversation,
           const QueueSpec& queue, Millis level, Time due, Time now) {
  const auto until_risk = std::chrono::duration_cast<Millis>(level * queue.at_risk);
  const Time risk = due_at(env, queue, conversation.work.clock_start, until_risk);
  set_timer(unit, env, kind, conversation, risk > now ? risk : std::max(due, now),
            std::string(risk > now ? kAtRisk : kMissed));
}

Priority raised(Priority priority, bool missed) {
  if (missed) return Priority::urgent;
  return std::max(priority, Priority::high);
}

}  // namespace

Time due_at(const Environment& env, const QueueSpec& queue, Time from, Millis open_time) {
  const Calendar* calendar = env.calendar(queue.hours);
  const auto in_hours = calendar ? calendar->add(from, open_time) : std::nullopt;
  return in_hours.value_or(from + open_time);
}

void stop_clocks(store::Unit& unit, Conversation& conversation) {
  Work& work = conversation.work;
  work.changed = true;
  if (work.first_response_due != Time{}) drop_timer(unit, TimerKind::first_response, conversation);
  if (work.resolution_due != Time{}) drop_timer(unit, TimerKind::resolution, conversation);
  work.clock_start = work.first_response_due = work.resolution_due = Time{};
}

void set_clocks(store::Unit& unit, const Environment& env, Conversation& conversation, Time now) {
  Work& work = conversation.work;
  work.changed = true;
  const QueueSpec* queue = env.config.queue(conversation.queue);
  const bool runs = queue && conversation.state != ConversationState::closed && conversation.last_inbound_at != Time{};
  if (!runs) return stop_clocks(unit, conversation);
  if (work.clock_start == Time{}) {
    work.clock_start = now;
    work.first_response_at = Time{};
  }
  const auto set = [&](TimerKind kind, Millis level, Time& due, bool done) {
    const bool was = due != Time{};
    due = level.count() > 0 ? due_at(env, *queue, work.clock_start, level) : Time{};
    if (due != Time{} && !done)
      start(unit, env, kind, conversation, *queue, level, due, now);
    else if (was)
      drop_timer(unit, kind, conversation);
  };
  set(TimerKind::first_response, queue->first_response, work.first_response_due, work.first_response_at != Time{});
  set(TimerKind::resolution, queue->resolution, work.resolution_due, false);
}

void responded(store::Unit& unit, Conversation& conversation, Time now) {
  Work& work = conversation.work;
  conversation.last_outbound_at = now;
  if (work.answered_by_rule) work.changed = true;
  work.answered_by_rule = false;
  if (work.clock_start == Time{} || work.first_response_at != Time{}) return;
  work.first_response_at = now;
  work.changed = true;
  if (work.first_response_due != Time{}) drop_timer(unit, TimerKind::first_response, conversation);
}

bool clock_rang(store::Unit& unit, const Environment& env, Conversation& conversation, const store::Timer& timer,
                Time now) {
  const bool first = timer.kind == TimerKind::first_response;
  const Time due = first ? conversation.work.first_response_due : conversation.work.resolution_due;
  const bool over = due == Time{} || conversation.state == ConversationState::closed ||
                    (first && conversation.work.first_response_at != Time{});
  if (over) {
    drop_timer(unit, timer.kind, conversation);
    return false;
  }
  const bool missed = timer.payload == kMissed;
  Event event{.type = missed ? EventType::service_level_missed : EventType::service_level_at_risk,
              .at = now,
              .source = "service_level",
              .conversation = conversation.id,
              .contact = conversation.contact};
  event.data = std::string("{\"level\":\"") + (first ? "first_response" : "resolution") + "\",\"due\":\"" +
               to_rfc3339(due) + "\",\"queue\":";
  append_string(event.data, conversation.queue);
  event.data += '}';
  unit.add(std::move(event));
  missed ? drop_timer(unit, timer.kind, conversation)
         : set_timer(unit, env, timer.kind, conversation, std::max(due, now), std::string(kMissed));
  const Priority priority = raised(conversation.priority, missed);
  const bool changes = priority != conversation.priority;
  conversation.priority = priority;
  return changes;
}

}  // namespace jackfield::flow
