#include "flow/mirror.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>

#include "flow/identify.hpp"
#include "flow/media.hpp"
#include "flow/service_levels.hpp"
#include "flow/thread.hpp"
#include "flow/track.hpp"

namespace jackfield::flow {
namespace {

constexpr Millis kBeyondTheSend{15000};  // what a connector may take after its deadline, and the answer's commit

// The provider has it: settles one that may or may not have been sent.
Received recognised(store::Unit& unit, const Environment& env, Message& ours, const Inbound& event) {
  if (ours.status < Status::sent)
    advance(unit, env, ours, Status::sent, event.sent_at.value_or(env.clock.now()), nullptr, ours.channel);
  bind_ids(unit, env, ours, {event.id});
  return Received::duplicate;
}

Message* by_correlation(store::Unit& unit, const Channel& channel, const Inbound& event) {
  const auto id = parse_id(event.correlation);
  Message* message = id ? unit.message(*id) : nullptr;
  const bool ours = message && message->direction == Direction::out && message->channel == channel.policy.name;
  return ours ? message : nullptr;
}

// The whole, or a part of it that went as a message of its own.
bool says(const Message& message, const std::string& text) {
  if (text.empty()) return false;
  if (message.content.text == text) return true;
  return std::any_of(message.content.parts.begin(), message.content.parts.end(),
                     [&](const boost::json::value& part) { return text_of(boost::json::array{part}) == text; });
}

// One that is being sent, or may have been, and says the same; many: whether anything is being sent at all.
Message* under_way(store::Unit& unit, const Channel& channel, const Inbound& event, bool& sending) {
  for (auto* entry : unit.unsettled_outbox(channel.policy.name, event.content.to.front().uri)) {
    sending = sending || entry->state == store::OutboxState::in_flight;
    Message* message = unit.message(entry->message);
    if (message && says(*message, event.content.text)) return message;
  }
  return nullptr;
}

void wait_for_answers(store::Unit& unit, const Environment& env, const Channel& channel, const Arrival& arrival) {
  store::Timer timer;
  timer.id = env.ids.next();
  timer.kind = store::TimerKind::echo;
  timer.channel = channel.policy.name;
  timer.key = arrival.event.id;
  timer.due_at = env.clock.now() + channel.manifest.send_timeout + kBeyondTheSend;
  timer.payload = arrival.raw;
  unit.add(std::move(timer));
}

void note_opened(store::Unit& unit, const Environment& env, const Channel& channel, Conversation& conversation,
                 Time now) {
  conversation.queue = env.config.queues.front().name;
  unit.add(Event{.type = EventType::conversation_routed,
                 .at = now,
                 .source = channel.policy.name,
                 .conversation = conversation.id,
                 .contact = conversation.contact,
                 .data = "{\"queue\":\"" + conversation.queue +
                         "\",\"reason\":\"begun by us outside of Jackfield: first queue\"}"});
  unit.set_decision(conversation.id,
                    "{\"queue\":\"" + conversation.queue +
                        "\",\"reason\":\"begun by us outside of Jackfield: first queue\",\"rules\":[]}");
}

Received store_mirrored(store::Unit& unit, const Environment& env, const Channel& channel, const Arrival& arrival) {
  const Time now = env.clock.now();
  const Inbound& event = arrival.event;
  const Address& customer = event.content.to.front();
  const Identified who = identify(unit, env, channel, customer, {}, now);
  const Threaded where = thread(unit, env, channel, event, *who.contact, now);
  Conversation& conversation = *where.conversation;
  Message made;
  made.id = env.ids.next();
  made.conversation = conversation.id;
  made.contact = who.contact->id;
  made.channel = channel.policy.name;
  made.direction = Direction::out;
  made.visibility = event.visibility;
  made.status = Status::sent;
  made.content = event.content;
  made.content.reply_to = where.reply_to;
  made.sent_at = event.sent_at.value_or(now);
  made.received_at = now;
  made.track.history.push_back({Status::sent, *made.sent_at});
  Message& message = unit.add(std::move(made));
  store_media(unit, env, message, now);
  if (!conversation.use_of(channel.policy.name))
    conversation.channels.push_back({.channel = channel.policy.name, .address = customer.uri, .scope = customer.scope});
  if (where.made) note_opened(unit, env, channel, conversation, now);
  responded(unit, env, conversation, channel.policy.name, {}, now);
  conversation.last_activity_at = now;
  unit.changed(conversation);
  unit.add(Event{.type = EventType::message_received,
                 .at = now,
                 .source = channel.policy.name,
                 .conversation = conversation.id,
                 .message = message.id,
                 .contact = who.contact->id,
                 .data = "{\"direction\":\"out\"}"});
  bind_keys(unit, arrival, message.id);
  bind_ids(unit, env, message, {event.id});  // receipts may have come before it
  return Received::stored;
}

}  // namespace

Received mirror(store::Unit& unit, const Environment& env, const Channel& channel, const Arrival& arrival,
                LateEcho late) {
  if (known_message(unit, arrival)) return Received::duplicate;
  if (auto* ours = by_correlation(unit, channel, arrival.event)) return recognised(unit, env, *ours, arrival.event);
  bool sending = false;
  if (auto* ours = under_way(unit, channel, arrival.event, sending)) return recognised(unit, env, *ours, arrival.event);
  if (sending && late == LateEcho::may_come) {
    wait_for_answers(unit, env, channel, arrival);
    return Received::stored;
  }
  return store_mirrored(unit, env, channel, arrival);
}

void mirror_late(store::Unit& unit, const Environment& env, store::Timer& timer) {
  const Channel* channel = env.channel(timer.channel);
  boost::system::error_code ec;
  const auto value = boost::json::parse(timer.payload, ec);
  auto event = ec ? Result<Inbound>(fail(Errc::corrupt, "the event is not JSON")) : read_event(value);
  if (channel && event) {
    Arrival arrival;
    arrival.channel = timer.channel;
    arrival.event = std::move(*event);
    arrival.raw = timer.payload;
    mirror(unit, env, *channel, arrival, LateEcho::cannot_come);
  }
  unit.remove(timer);
}

}  // namespace jackfield::flow
