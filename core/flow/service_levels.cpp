#include "flow/service_levels.hpp"

#include "flow/conversation_timers.hpp"
#include "flow/figures.hpp"
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

Time due_of(const Conversation& conversation, TimerKind kind) {
  return kind == TimerKind::first_response ? conversation.work.first_response_due : conversation.work.resolution_due;
}

void tell(store::Unit& unit, EventType type, const Conversation& conversation, TimerKind kind, Time now) {
  Event event{.type = type,
              .at = now,
              .source = "service_level",
              .conversation = conversation.id,
              .contact = conversation.contact};
  event.data = std::string("{\"level\":\"") + (kind == TimerKind::first_response ? "first_response" : "resolution") +
               "\",\"due\":\"" + to_rfc3339(due_of(conversation, kind)) + "\",\"queue\":";
  append_string(event.data, conversation.queue);
  event.data += '}';
  unit.add(std::move(event));
}

void tell_missed(store::Unit& unit, const Environment& env, const Conversation& conversation, TimerKind kind,
                 Time now) {
  tell(unit, EventType::service_level_missed, conversation, kind, now);
  count_level_missed(unit, env, conversation,
                     kind == TimerKind::first_response ? Measure::first_response : Measure::resolution, now);
}

// It is done: was it in time? What was late and not told yet, since the timer had not fired, is told now. False also
// where there is no level, or where it was told before.
bool end_level(store::Unit& unit, const Environment& env, const Conversation& conversation, TimerKind kind, Time now) {
  if (due_of(conversation, kind) == Time{} || !unit.timer(kind, "", to_string(conversation.id))) return false;
  drop_timer(unit, kind, conversation);
  const bool late = now > due_of(conversation, kind);
  if (late) tell_missed(unit, env, conversation, kind, now);
  return !late;
}

void closed(store::Unit& unit, const Environment& env, Conversation& conversation, Time now) {
  const bool answered = conversation.work.answered;
  count_closed(unit, env, conversation, answered ? Closing::answered : Closing::unanswered, now);
  if (!answered) end_level(unit, env, conversation, TimerKind::first_response, now);
  if (end_level(unit, env, conversation, TimerKind::resolution, now) && answered)
    count_level_met(unit, env, conversation, Measure::resolution, conversation.assignee, now);
  conversation.work.opened_at = Time{};
  conversation.work.changed = true;
}

}  // namespace

Time due_at(const Environment& env, const QueueSpec& queue, Time from, Millis open_time) {
  const Calendar* calendar = env.calendar(queue.hours);
  const auto in_hours = calendar ? calendar->add(from, open_time) : std::nullopt;
  return in_hours.value_or(from + open_time);
}

void stop_clocks(store::Unit& unit, Conversation& conversation) {
  Work& work = conversation.work;
  if (work.clock_start == Time{}) return;
  if (work.first_response_due != Time{}) drop_timer(unit, TimerKind::first_response, conversation);
  if (work.resolution_due != Time{}) drop_timer(unit, TimerKind::resolution, conversation);
  work.clock_start = work.first_response_due = work.resolution_due = Time{};
  work.changed = true;
}

void set_clocks(store::Unit& unit, const Environment& env, Conversation& conversation, Time now) {
  Work& work = conversation.work;
  if (conversation.state == ConversationState::closed || conversation.last_inbound_at == Time{}) {
    if (work.opened_at != Time{}) closed(unit, env, conversation, now);
    return stop_clocks(unit, conversation);
  }
  work.changed = true;
  if (work.opened_at == Time{}) count_opened(unit, env, conversation, now);
  if (work.clock_start == Time{}) {
    work.clock_start = now;
    work.first_response_at = Time{};
  }
  const QueueSpec* queue = env.config.queue(conversation.queue);
  const auto set = [&](TimerKind kind, Millis level, Time& due, bool done) {
    const bool was = due != Time{};
    due = level.count() > 0 ? due_at(env, *queue, work.clock_start, level) : Time{};
    if (due != Time{} && !done)
      start(unit, env, kind, conversation, *queue, level, due, now);
    else if (was)
      drop_timer(unit, kind, conversation);
  };
  set(TimerKind::first_response, queue ? queue->first_response : Millis{0}, work.first_response_due,
      work.first_response_at != Time{});
  set(TimerKind::resolution, queue ? queue->resolution : Millis{0}, work.resolution_due, false);
}

void closed_by_rule(store::Unit& unit, const Environment& env, Conversation& conversation, Time now) {
  Work& work = conversation.work;
  if (work.opened_at == Time{}) count_opened(unit, env, conversation, now);
  count_closed(unit, env, conversation, Closing::by_rule, now);
  work.opened_at = Time{};
  work.changed = true;
  stop_clocks(unit, conversation);
}

void responded(store::Unit& unit, const Environment& env, Conversation& conversation, const std::string& channel,
               const std::string& author, Time now) {
  Work& work = conversation.work;
  conversation.last_outbound_at = now;
  if (work.answered_by_rule) work.changed = true;
  work.answered_by_rule = false;
  count_answer(unit, env, conversation, channel, author, now);
  if (work.clock_start == Time{} || work.first_response_at != Time{}) return;
  work.first_response_at = now;
  work.changed = true;
  if (end_level(unit, env, conversation, TimerKind::first_response, now))
    count_level_met(unit, env, conversation, Measure::first_response, author, now);
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
  if (missed) {
    drop_timer(unit, timer.kind, conversation);
    tell_missed(unit, env, conversation, timer.kind, now);
  } else {
    set_timer(unit, env, timer.kind, conversation, std::max(due, now), std::string(kMissed));
    tell(unit, EventType::service_level_at_risk, conversation, timer.kind, now);
  }
  const Priority priority = raised(conversation.priority, missed);
  const bool changes = priority != conversation.priority;
  conversation.priority = priority;
  return changes;
}

}  // namespace jackfield::flow
