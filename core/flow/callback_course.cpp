#include "flow/callback_course.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "flow/assign.hpp"
#include "flow/callback_slots.hpp"
#include "flow/service_levels.hpp"
#include "model/json.hpp"

namespace jackfield::flow {
namespace {

namespace json = boost::json;
using store::TimerKind;

constexpr std::string_view kSource = "callbacks";

Event event_of(EventType type, const Conversation& conversation, std::string_view reason, Time now) {
  Event event{.type = type,
              .at = now,
              .source = std::string(kSource),
              .conversation = conversation.id,
              .contact = conversation.contact};
  if (!reason.empty()) event.data = json::serialize(json::object{{"reason", reason}});
  return event;
}

// Of the channel that replies leave on.
CapacityClass usual_class(const Environment& env, const Conversation& conversation) {
  CapacityClass out = CapacityClass::message;
  const Channel* channel = conversation.channels.empty() ? nullptr : env.channel(conversation.channels.front().channel);
  if (channel) parse(channel->manifest.capacity_class, out);
  return out;
}

// Nobody has to answer before the slot.
void rest(store::Unit& unit, const Environment& env, Conversation& conversation, Time until, Time now) {
  set_capacity_class(unit, env, conversation, usual_class(env, conversation));
  if (conversation.state == ConversationState::closed) return;
  conversation.state = ConversationState::snoozed;
  conversation.snoozed_until = until;
  stop_clocks(unit, conversation);
  Event event = event_of(EventType::conversation_updated, conversation, "", now);
  event.data = R"({"state":"snoozed","reason":"it rests until the callback"})";
  unit.add(std::move(event));
  settle(unit, env, conversation, now);
}

bool is_there(store::Unit& unit, const std::string& name) {
  const Agent* agent = name.empty() ? nullptr : unit.agent(name);
  return agent && agent->enabled && agent->presence != Presence::offline;
}

// Like a message that reopens it: routed anew, and who had it is asked first.
void enter(store::Unit& unit, const Environment& env, Conversation& conversation, const Callback& callback, Time now) {
  const auto& terms = callback_terms(env, callback.queue);
  conversation.assignee.clear();
  conversation.state = ConversationState::open;
  conversation.closed_at = conversation.snoozed_until = Time{};
  conversation.priority = std::max(conversation.priority, terms.priority);
  enter_queue(unit, env, conversation, callback.queue, now);
  unit.set_decision(conversation.id, json::serialize(json::object{{"conversation", to_string(conversation.id)},
                                                                  {"at", to_rfc3339(now)},
                                                                  {"queue", callback.queue},
                                                                  {"reason", "a callback is due"},
                                                                  {"callback", to_string(callback.id)},
                                                                  {"priority", name_of(conversation.priority)},
                                                                  {"rules", json::array{}}}));
  Event event = event_of(EventType::conversation_routed, conversation, "", now);
  event.data = json::serialize(json::object{
      {"queue", callback.queue}, {"state", "open"}, {"assignee", ""}, {"reason", "a callback is due"}});
  unit.add(std::move(event));
}

// A slot may have been agreed before the hours were changed.
std::optional<Time> opens_later(const Environment& env, const std::string& queue, Time now) {
  const QueueSpec* spec = env.config.queue(queue);
  const Calendar* hours = spec ? env.calendar(spec->hours) : nullptr;
  if (!hours || hours->is_open(now)) return std::nullopt;
  return hours->next_open(now);
}

void move_to_opening(store::Unit& unit, const Environment& env, Callback& callback, Conversation& conversation,
                     Time opens, Time now) {
  const Millis length = callback_terms(env, callback.queue).slot;
  record_change(callback, "rescheduled", "", "the queue is closed until then", now);
  callback.slot = {opens, std::max(callback.slot.until, opens + length)};
  unit.changed(callback);
  set_callback_timer(unit, env, callback, opens);
  tell_callback(unit, EventType::callback_updated, callback, conversation, "the queue is closed until then", now);
  if (conversation.state == ConversationState::snoozed) conversation.snoozed_until = opens;
  unit.changed(conversation);
}

std::string attempts_so_far(const Callback& callback) {
  if (callback.attempts.empty()) return {};
  std::string out = "; called " + std::to_string(callback.attempts.size()) + " times in vain";
  if (callback.attempts.size() == 1) out = "; called once in vain";
  return out;
}

void come_due(store::Unit& unit, const Environment& env, Callback& callback, Conversation& conversation, Time now) {
  if (!env.config.queue(callback.queue)) callback.queue = env.config.queues.front().name;  // taken out of the file
  if (const auto opens = opens_later(env, callback.queue, now))
    return move_to_opening(unit, env, callback, conversation, *opens, now);
  callback.state = CallbackState::due;
  record_change(callback, "due", "", "", now);
  unit.changed(callback);
  note_callback(unit, env, conversation, callback,
                "Call " + callback.number.substr(4) + " until " + shown_time(env, callback.queue, callback.slot.until) +
                    attempts_so_far(callback) + (callback.note.empty() ? "" : ": " + callback.note),
                now);
  const bool an_agent_has_it = conversation.state == ConversationState::open && conversation.queue == callback.queue &&
                               is_there(unit, conversation.assignee);
  set_capacity_class(unit, env, conversation, CapacityClass::voice);
  if (!an_agent_has_it) enter(unit, env, conversation, callback, now);
  tell_callback(unit, EventType::callback_due, callback, conversation, "", now);
  set_callback_timer(unit, env, callback, std::max(callback.slot.until, now));
  settle(unit, env, conversation, now);
}

// Its slot is over and it is still due.
void look_who_calls(store::Unit& unit, const Environment& env, Callback& callback, Conversation& conversation,
                    Time now) {
  if (conversation.state == ConversationState::closed) {
    record_change(callback, "cancelled", "", "its conversation was closed", now);
    end_callback(unit, env, callback, CallbackState::cancelled, now);
    return tell_callback(unit, EventType::callback_cancelled, callback, conversation, "its conversation was closed",
                         now);
  }
  // Somebody has it: should they give it back without a call, that is noticed later.
  if (!conversation.assignee.empty())
    return set_callback_timer(unit, env, callback, now + callback_terms(env, callback.queue).slot);
  miss(unit, env, callback, "nobody called within its slot", false, now);
}

void finish(store::Unit& unit, Callback& callback, CallbackState state) {
  callback.state = state;
  unit.changed(callback);
  if (auto* timer = unit.timer(TimerKind::callback, "", to_string(callback.id))) unit.remove(*timer);
}

void lapse(store::Unit& unit, Callback& callback, const Conversation& conversation, Time now) {
  callback.state = CallbackState::lapsed;
  record_change(callback, "lapsed", "", "the offer was not taken up", now);
  unit.changed(callback);
  tell_callback(unit, EventType::callback_updated, callback, conversation, "the offer was not taken up", now);
}

}  // namespace

void schedule(store::Unit& unit, const Environment& env, Callback& callback, CallbackSlot slot, Time now) {
  Conversation* conversation = unit.conversation(callback.conversation);
  if (!conversation) return;
  callback.state = CallbackState::scheduled;
  callback.slot = slot;
  unit.changed(callback);
  if (slot.from <= now) return come_due(unit, env, callback, *conversation, now);
  set_callback_timer(unit, env, callback, slot.from);
  rest(unit, env, *conversation, slot.from, now);
}

void miss(store::Unit& unit, const Environment& env, Callback& callback, const std::string& why, bool in_vain,
          Time now) {
  Conversation* conversation = unit.conversation(callback.conversation);
  if (!conversation) return;
  record_change(callback, "missed", "", why, now);
  finish(unit, callback, CallbackState::missed);
  tell_callback(unit, EventType::callback_missed, callback, *conversation, why, now);
  note_callback(unit, env, *conversation, callback, "The callback was missed: " + why, now);
  wake(unit, *conversation);
  if (in_vain) {
    set_capacity_class(unit, env, *conversation, usual_class(env, *conversation));
    return settle(unit, env, *conversation, now);
  }
  const auto& terms = callback_terms(env, callback.queue);
  const auto next =
      terms.reschedule_missed ? next_slots(unit, env, callback.queue, now, 1) : std::vector<CallbackSlot>{};
  if (!next.empty()) {
    record_change(callback, "rescheduled", "", why, now);
    schedule(unit, env, callback, next.front(), now);
    return tell_callback(unit, EventType::callback_updated, callback, *conversation, why, now);
  }
  // It stays where it waits, before all others, and is still a call's work.
  conversation->priority = Priority::urgent;
  settle(unit, env, *conversation, now);
}

void end_callback(store::Unit& unit, const Environment& env, Callback& callback, CallbackState state, Time now) {
  finish(unit, callback, state);
  Conversation* conversation = unit.conversation(callback.conversation);
  if (!conversation) return;
  set_capacity_class(unit, env, *conversation, usual_class(env, *conversation));
  settle(unit, env, *conversation, now);
}

void run_callback(store::Unit& unit, const Environment& env, store::Timer& timer, Time now) {
  Callback* callback = unit.callback(parse_id(timer.key).value_or(Id{}));
  Conversation* conversation = callback ? unit.conversation(callback->conversation) : nullptr;
  unit.remove(timer);
  if (!conversation) return;
  switch (callback->state) {
    case CallbackState::offered: return lapse(unit, *callback, *conversation, now);
    case CallbackState::scheduled: return come_due(unit, env, *callback, *conversation, now);
    case CallbackState::due: return look_who_calls(unit, env, *callback, *conversation, now);
    default: return;
  }
}

void wake(store::Unit& unit, Conversation& conversation) {
  if (conversation.state == ConversationState::closed) return;
  conversation.state = ConversationState::open;
  conversation.snoozed_until = Time{};
  unit.changed(conversation);
}

bool is_called_back(store::Unit& unit, const Conversation& conversation) {
  if (conversation.work.capacity_class != CapacityClass::voice) return false;
  for (const auto* callback : unit.callbacks_in(conversation.id))
    if (callback->state == CallbackState::due || callback->state == CallbackState::missed) return true;
  return false;
}

Callback* open_callback(store::Unit& unit, const Conversation& conversation) {
  for (auto* callback : unit.callbacks_in(conversation.id))
    if (callback->is_open()) return callback;
  return nullptr;
}

void set_callback_timer(store::Unit& unit, const Environment& env, const Callback& callback, Time at) {
  store::Timer timer;
  timer.id = env.ids.next();
  timer.kind = TimerKind::callback;
  timer.key = to_string(callback.id);
  timer.message = callback.conversation;
  timer.due_at = at;
  unit.add(std::move(timer));
}

void erase_callbacks(store::Unit& unit, const Conversation& conversation) {
  for (auto* callback : unit.callbacks_in(conversation.id)) {
    if (auto* timer = unit.timer(TimerKind::callback, "", to_string(callback->id))) unit.remove(*timer);
    unit.remove(*callback);
  }
}

void record_change(Callback& callback, std::string what, std::string by, std::string why, Time now) {
  callback.history.push_back({now, std::move(what), std::move(by), std::move(why)});
}

void note_callback(store::Unit& unit, const Environment& env, Conversation& conversation, const Callback& callback,
                   const std::string& text, Time now) {
  Message message;
  message.id = env.ids.next();
  message.conversation = conversation.id;
  message.contact = conversation.contact;
  message.direction = Direction::note;
  message.status = Status::received;
  message.received_at = now;
  message.content.parts = {json::object{{"type", "system"},
                                        {"what", "callback"},
                                        {"text", text},
                                        {"callback", to_string(callback.id)},
                                        {"state", name_of(callback.state)}}};
  message.content.text = text;
  conversation.last_activity_at = now;
  unit.changed(conversation);
  Event event = event_of(EventType::message_received, conversation, "", now);
  event.message = unit.add(std::move(message)).id;
  event.data = "{\"direction\":\"note\"}";
  unit.add(std::move(event));
}

void tell_callback(store::Unit& unit, EventType type, const Callback& callback, const Conversation& conversation,
                   std::string_view reason, Time now) {
  Event event = event_of(type, conversation, reason, now);
  event.message = callback.id;
  unit.add(std::move(event));
}

}  // namespace jackfield::flow
