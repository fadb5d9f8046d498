// What people change by hand: conversations, contacts, and messages that could not be sent.
#include "flow/operations.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "flow/assign.hpp"
#include "flow/service_levels.hpp"
#include "flow/survey.hpp"
#include "flow/track.hpp"

namespace jackfield::flow {
namespace {

namespace json = boost::json;

Result<void> check(const Environment& env, const ConversationPatch& patch) {
  if (!patch.queue) return {};
  const auto& queues = env.config.queues;
  if (std::none_of(queues.begin(), queues.end(), [&](const QueueSpec& q) { return q.name == *patch.queue; }))
    return fail(Errc::invalid, "no queue is called \"" + *patch.queue + "\"");
  return {};
}

// A snooze is a row: it survives a restart.
void snooze(store::Unit& unit, const Environment& env, Conversation& conversation, Time until) {
  conversation.state = ConversationState::snoozed;
  conversation.snoozed_until = until;
  store::Timer timer;
  timer.id = env.ids.next();
  timer.kind = store::TimerKind::wake;
  timer.key = to_string(conversation.id);
  timer.due_at = until;
  timer.message = conversation.id;
  unit.add(std::move(timer));
}

// Who changed what.
std::string told(const ConversationPatch& patch) {
  json::object out;
  if (!patch.by.empty()) out["by"] = patch.by;
  if (patch.snoozed_until)
    out["state"] = name_of(ConversationState::snoozed);
  else if (patch.state)
    out["state"] = name_of(*patch.state);
  if (patch.queue) out["queue"] = *patch.queue;
  if (patch.assignee) out["assignee"] = *patch.assignee;
  if (patch.priority) out["priority"] = name_of(*patch.priority);
  return json::serialize(out);
}

Result<Message*> outbound(store::Unit& unit, Id id) {
  Message* message = unit.message(id);
  if (!message) return fail(Errc::not_found, "no such message");
  if (message->direction != Direction::out)
    return fail(Errc::conflict, "only messages that we sent can be settled or sent again");
  return message;
}

// Back into the outbox from the start, because a person said so: the one way a status goes back.
void queue_again(store::Unit& unit, const Environment& env, Message& message) {
  const Time now = env.clock.now();
  if (auto* held = unit.outbox(message.id)) unit.remove(*held);
  const Channel* channel = env.channel(message.channel);
  store::OutboxEntry entry;
  entry.message = message.id;
  entry.channel = message.channel;
  entry.conversation = message.conversation;
  entry.next_at = now;
  entry.deadline = now + (channel ? channel->manifest.deadline : Millis{std::chrono::hours{24}});
  if (!message.content.to.empty()) entry.recipient = message.content.to.front().uri;
  settle_dead_letter(unit, message.id, now);
  message.status = Status::queued;
  message.sent_at.reset();
  message.track.history.push_back({Status::queued, now});
  unit.changed(message);
  unit.add(std::move(entry));
  unit.add(Event{.type = EventType::message_queued,
                 .at = now,
                 .source = "api",
                 .conversation = message.conversation,
                 .message = message.id,
                 .contact = message.contact});
}

}  // namespace

Result<Sign> sign_for(store::Unit& unit, const Environment& env, Id id, const std::string& what,
                      const std::optional<std::string>& channel) {
  const Conversation* conversation = unit.conversation(id);
  if (!conversation) return fail(Errc::not_found, "no such conversation");
  if (conversation->channels.empty()) return fail(Errc::conflict, "this conversation has no channel");
  const std::string name = channel.value_or(conversation->channels.front().channel);
  const ChannelUse* use = conversation->use_of(name);
  if (!use || !env.channel(name)) return fail(Errc::conflict, "this conversation has no channel \"" + name + "\"");
  const Message* newest = use->last_inbound ? unit.message(use->last_inbound) : nullptr;
  boost::json::object signal{{"what", what},
                             {"to", boost::json::object{{"address", use->address}, {"scope", use->scope}}},
                             {"message", nullptr}};
  if (newest && !newest->track.provider_ids.empty()) signal["message"] = newest->track.provider_ids.front();
  return Sign{name, boost::json::serialize(signal)};
}

Result<Conversation*> patch(store::Unit& unit, const Environment& env, Id id, const ConversationPatch& patch) {
  Conversation* conversation = unit.conversation(id);
  if (!conversation) return fail(Errc::not_found, "no such conversation");
  if (auto checked = check(env, patch); !checked) return checked.error();
  if (patch.state == ConversationState::snoozed && !patch.snoozed_until)
    return fail(Errc::invalid, "state snoozed needs snoozed_until");
  const Time now = env.clock.now();
  const ConversationState state =
      patch.snoozed_until ? ConversationState::snoozed : patch.state.value_or(conversation->state);
  const bool was_closed = conversation->state == ConversationState::closed;
  const bool closes = state == ConversationState::closed && !was_closed;
  const bool assigns = patch.assignee && *patch.assignee != conversation->assignee;
  if (patch.assignee) conversation->assignee = *patch.assignee;
  if (patch.priority) conversation->priority = *patch.priority;
  if (patch.tags) conversation->tags = *patch.tags;
  unit.add(Event{.type = closes    ? EventType::conversation_closed
                         : assigns ? EventType::conversation_assigned
                                   : EventType::conversation_updated,
                 .at = now,
                 .source = "api",
                 .conversation = conversation->id,
                 .contact = conversation->contact,
                 .data = told(patch)});
  // The cause is told before what comes of it, and it is in the queue by the time it is closed there.
  if (patch.queue && *patch.queue != conversation->queue) enter_queue(unit, env, *conversation, *patch.queue, now);
  conversation->state = state;
  if (patch.snoozed_until)
    snooze(unit, env, *conversation, *patch.snoozed_until);
  else if (patch.state)
    conversation->snoozed_until = Time{};
  if (state != ConversationState::closed) conversation->closed_at = Time{};
  if (closes) conversation->closed_at = now;
  if (closes) ask_later(unit, env, *conversation);
  if (was_closed && state != ConversationState::closed) set_clocks(unit, env, *conversation, now);
  settle(unit, env, *conversation, now);
  return conversation;
}

Result<Message*> retry(store::Unit& unit, const Environment& env, Id id) {
  auto message = outbound(unit, id);
  if (!message) return message;
  if ((*message)->status == Status::unknown)
    return fail(Errc::conflict, "it may have been sent: settle it with /resolve as sent, failed or resend");
  const auto* letter = unit.dead_letter(id);
  const bool partly = letter && letter->resolved_at == Time{};  // an earlier part of it arrived
  if ((*message)->status != Status::failed && !partly)
    return fail(Errc::conflict,
                "only a failed message can be sent again; this one is " + std::string(name_of((*message)->status)));
  queue_again(unit, env, **message);
  return message;
}

Result<Message*> resolve(store::Unit& unit, const Environment& env, Id id, Resolution as) {
  auto message = outbound(unit, id);
  if (!message) return message;
  if ((*message)->status != Status::unknown)
    return fail(Errc::conflict,
                "only an unknown message can be settled; this one is " + std::string(name_of((*message)->status)));
  if (as == Resolution::resend) {
    queue_again(unit, env, **message);
    return message;
  }
  const SendError by_hand{"internal", "", "settled by hand", env.clock.now()};
  advance(unit, env, **message, as == Resolution::sent ? Status::sent : Status::failed, env.clock.now(),
          as == Resolution::sent ? nullptr : &by_hand, "api");
  return message;
}

}  // namespace jackfield::flow
