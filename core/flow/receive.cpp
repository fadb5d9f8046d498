#include "flow/receive.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "flow/assign.hpp"
#include "flow/expected_answer.hpp"
#include "flow/figures.hpp"
#include "flow/identify.hpp"
#include "flow/language.hpp"
#include "flow/media.hpp"
#include "flow/mirror.hpp"
#include "flow/person.hpp"
#include "flow/queue_now.hpp"
#include "flow/route.hpp"
#include "flow/thread.hpp"
#include "flow/track.hpp"

namespace jackfield::flow {
namespace {

using store::KeyKind;
using store::provider_key;

std::string answer_address(const Inbound& event) {
  const auto* reply_to = event.content.extra.if_contains("reply_to");
  const auto* address = reply_to && reply_to->is_object() ? reply_to->get_object().if_contains("address") : nullptr;
  return address && address->is_string() && is_address(address->get_string()) ? std::string(address->get_string())
                                                                              : event.content.from.uri;
}

// By the provider's clock, which may be wrong but never makes a window longer than one that begins now.
Time written_at(const Message& message) {
  return std::min(message.sent_at.value_or(message.received_at), message.received_at);
}

// What was written before sides were told apart counts as private until it is looked at.
void tell_sides_apart(store::Unit& unit, ChannelUse& use) {
  const Message* before = use.last_private && !use.last_public ? unit.message(use.last_private) : nullptr;
  if (before && before->visibility == Visibility::public_) std::swap(use.last_private, use.last_public);
}

// The channel comes first in the conversation's list: replies go there by default.
void note_use(store::Unit& unit, Conversation& conversation, const Arrival& arrival, const Message& message) {
  auto& uses = conversation.channels;
  const auto at =
      std::find_if(uses.begin(), uses.end(), [&](const ChannelUse& use) { return use.channel == arrival.channel; });
  if (at == uses.end())
    uses.insert(uses.begin(), ChannelUse{.channel = arrival.channel});
  else
    std::rotate(uses.begin(), at, at + 1);
  ChannelUse& use = uses.front();
  use.address = answer_address(arrival.event);
  use.scope = arrival.event.content.from.scope;
  use.last_inbound = message.id;
  if (message.visibility == Visibility::public_) tell_sides_apart(unit, use);
  (message.visibility == Visibility::public_ ? use.last_public : use.last_private) = message.id;
  // Unordered deliveries: the window opens with the newest, not with the last to come.
  use.last_inbound_at = std::max(use.last_inbound_at, written_at(message));
}

// An automatic reply joins its conversation and nothing else: there is no work in it, and nothing to answer.
void note_automatic(Conversation& conversation, const Message& message, Time now) {
  if (auto* use = conversation.use_of(message.channel))
    use->last_inbound_at = std::max(use->last_inbound_at, written_at(message));
  conversation.last_activity_at = now;
}

Message make_message(const Environment& env, const Arrival& arrival, const Contact& contact, const Threaded* threaded,
                     Time now) {
  Message message;
  message.id = env.ids.next();
  message.contact = contact.id;
  if (threaded) message.conversation = threaded->conversation->id;
  message.channel = arrival.channel;
  message.visibility = arrival.event.visibility;
  message.content = arrival.event.content;
  if (threaded) message.content.reply_to = threaded->reply_to;
  message.track.provider_ids = {arrival.event.id};
  message.sent_at = arrival.event.sent_at;
  message.received_at = now;
  return message;
}

// Whether to drop is decided before there is a conversation, so rules on conversations cannot drop.
RulesOutcome dropping(const Environment& env, const Facts& facts) {
  return env.rules->can_drop() ? env.rules->run(facts) : RulesOutcome{};
}

Received receive_message(store::Unit& unit, const Environment& env, const Channel& channel, const Arrival& arrival) {
  if (known_message(unit, arrival)) return Received::duplicate;
  const Time now = env.clock.now();
  const Inbound& event = arrival.event;
  const Identified who = identify(unit, env, channel, event.content.from, event.also, now);

  Facts facts = facts_of(unit, env, channel, arrival, *who.contact, now);
  RulesOutcome outcome = dropping(env, facts);
  if (outcome.drop) {  // spam: kept and marked, no conversation
    Message dropped = make_message(env, arrival, *who.contact, nullptr, now);
    dropped.content.extra["dropped"] = env.rules->specs()[outcome.matched.back().rule].name;
    bind_keys(unit, arrival, dropped.id);
    unit.add(std::move(dropped));
    return Received::stored;
  }

  auto expected = expected_answer(unit, env, channel, event, *who.contact, now);
  const Threaded where = expected ? std::move(expected->where) : thread(unit, env, channel, event, *who.contact, now);
  Conversation& conversation = *where.conversation;
  Message& message = unit.add(make_message(env, arrival, *who.contact, &where, now));
  bind_keys(unit, arrival, message.id);
  store_media(unit, env, message, now);

  facts.conversation = &conversation;
  facts.conversation_new = where.made;
  const bool automatic = event.content.automatic == "reply" && !where.made;
  const bool quiet = expected ? !expected->goes_on : automatic;
  if (automatic) {
    note_automatic(conversation, message, now);
  } else if (quiet) {  // answered where it was asked: nobody is waited for
    note_use(unit, conversation, arrival, message);
  } else {
    note_use(unit, conversation, arrival, message);
    give_back_if_absent(unit, env, conversation, now);
    conversation.last_inbound_at = now;
  }
  conversation.last_activity_at = now;
  if (conversation.subject.empty()) conversation.subject = event.content.subject;
  unit.changed(conversation);

  unit.add(Event{.type = EventType::message_received,
                 .at = now,
                 .source = arrival.channel,
                 .conversation = conversation.id,
                 .message = message.id,
                 .contact = who.contact->id,
                 .data = quiet ? R"({"quiet":true})" : ""});
  if (expected) expected->take(message);
  const bool asked_here = !quiet && !expected && !where.made;
  const bool taken = asked_here && take_expected_answer(unit, env, conversation, *who.contact, message, now);
  if (!quiet && !taken) {
    if (!env.rules->can_drop() || env.rules->looks_at_conversation()) outcome = env.rules->run(facts);
    route(unit, env, channel, outcome, where, *who.contact, who.how, message, now);
  }
  // What answered a question of ours has opened it as well.
  if (!quiet && conversation.state != ConversationState::closed && conversation.work.opened_at == Time{})
    count_opened(unit, env, conversation, now);
  count_message(unit, env, conversation, arrival.channel, Count::messages_in, now);
  return Received::stored;
}

// The same bytes again are a redelivery: kept once.
Received keep_dead_once(store::Unit& unit, const Environment& env, const std::string& channel,
                        const std::string& reason, const std::string& raw, bool undecodable) {
  const auto key = provider_key(channel, KeyKind::dedupe, "raw:" + sha256_hex(raw));
  if (unit.message_by_key(key)) return Received::duplicate;
  unit.bind_key(key, env.ids.next());
  keep_dead(unit, env, channel, reason, raw, undecodable);
  return Received::dead_letter;
}

Message* message_named(store::Unit& unit, const Arrival& arrival) {
  const Id id = unit.message_by_key(provider_key(arrival.channel, KeyKind::id, arrival.event.id));
  return id.value > 0 ? unit.message(id) : nullptr;
}

// Nothing of what it said before is kept: the customer changed it or took it back.
void replace_content(store::Unit& unit, const Environment& env, Message& message, const Inbound& event, Time now) {
  Content& content = message.content;
  drop_media(unit, env, message);
  content.parts = event.content.parts;  // empty when deleted
  content.text = event.content.text;
  content.html.clear();
  content.new_text.clear();
  content.converted.clear();
  if (event.kind == InboundKind::deleted) {
    content.subject.clear();
    content.extra.clear();
  }
  store_media(unit, env, message, now);
  unit.changed(message);
}

// Edits, deletions and reactions are events on a message, never a new conversation.
Received receive_change(store::Unit& unit, const Environment& env, const Arrival& arrival) {
  Message* message = message_named(unit, arrival);
  const Time now = env.clock.now();
  if (!message) {
    // What an erased message said is not brought back by an edit.
    if (unit.message_by_key(provider_key(arrival.channel, KeyKind::id, arrival.event.id))) return Received::duplicate;
    return keep_dead_once(unit, env, arrival.channel, "it speaks of a message that is not here: " + arrival.event.id,
                          arrival.raw, false);
  }
  if (!arrival.event.dedupe.empty()) {
    const auto key = provider_key(arrival.channel, KeyKind::dedupe, arrival.event.dedupe);
    if (unit.message_by_key(key)) return Received::duplicate;
    unit.bind_key(key, message->id);
  }
  Event event{.at = now,
              .source = arrival.channel,
              .conversation = message->conversation,
              .message = message->id,
              .contact = message->contact};
  if (arrival.event.kind == InboundKind::reaction) {
    event.type = EventType::message_reaction;
    event.data = "{\"emoji\":";
    arrival.event.reason.empty() ? void(event.data += "null") : append_string(event.data, arrival.event.reason);
    event.data += '}';
  } else {
    event.type = arrival.event.kind == InboundKind::edited ? EventType::message_edited : EventType::message_deleted;
    replace_content(unit, env, *message, arrival.event, now);
  }
  unit.add(std::move(event));
  return Received::stored;
}

}  // namespace

Id known_message(store::Unit& unit, const Arrival& arrival) {
  const Inbound& event = arrival.event;
  return unit.message_by_key(event.dedupe.empty() ? provider_key(arrival.channel, KeyKind::id, event.id)
                                                  : provider_key(arrival.channel, KeyKind::dedupe, event.dedupe));
}

void bind_keys(store::Unit& unit, const Arrival& arrival, Id message) {
  const Inbound& event = arrival.event;
  if (!event.dedupe.empty()) {
    unit.bind_key(provider_key(arrival.channel, KeyKind::dedupe, event.dedupe), message);
    // An id used again with other content is another message; the first keeps the id.
    if (unit.message_by_key(provider_key(arrival.channel, KeyKind::id, event.id))) return;
  }
  unit.bind_key(provider_key(arrival.channel, KeyKind::id, event.id), message);
}

Matches look_at(const Environment& env, Content& content) {
  if (content.language.empty())
    content.language = detect_language(content.new_text.empty() ? content.text : content.new_text);
  return env.rules->match(content);
}

Facts facts_of(store::Unit& unit, const Environment& env, const Channel& channel, const Arrival& arrival,
               const Contact& contact, Time now) {
  const Content& content = arrival.event.content;
  return {.channel = channel.policy.name,
          .plugin = channel.policy.plugin,
          .visibility = arrival.event.visibility,
          .content = &content,
          .matches = &arrival.matches,
          .contact = &contact,
          .language = content.language.empty() ? std::string_view(contact.language) : content.language,
          .is_open = [&env, now](const std::string& name) { return is_open(env, name, now); },
          .queue_now = [&unit, &env](const std::string& name) { return queue_now(unit, env, name); }};
}

void keep_dead(store::Unit& unit, const Environment& env, const std::string& channel, const std::string& reason,
               const std::string& raw, bool undecodable) {
  store::DeadLetter letter;
  letter.id = env.ids.next();
  letter.kind = store::DeadLetterKind::inbound;
  letter.channel = channel;
  letter.reason = reason;
  letter.raw = raw;
  letter.undecodable = undecodable;
  letter.at = env.clock.now();
  unit.add(std::move(letter));
}

bool speaks_of_nothing(store::Unit& unit, const Arrival& arrival) {
  const auto kind = arrival.event.kind;
  const bool change = kind == InboundKind::edited || kind == InboundKind::deleted || kind == InboundKind::reaction;
  return change && !message_named(unit, arrival);
}

Result<Received> receive(store::Unit& unit, const Environment& env, const Arrival& arrival) {
  if (!arrival.refused.empty()) return keep_dead_once(unit, env, arrival.channel, arrival.refused, arrival.raw, false);
  const Channel* channel = env.channel(arrival.channel);
  if (!channel) return fail(Errc::internal, "no channel is called " + arrival.channel);
  switch (arrival.event.kind) {
    case InboundKind::message:
      return arrival.event.direction == Direction::out ? mirror(unit, env, *channel, arrival, LateEcho::may_come)
                                                       : receive_message(unit, env, *channel, arrival);
    case InboundKind::status:
      track_receipt(unit, env, *channel, arrival.event, env.clock.now());
      return Received::stored;
    case InboundKind::edited:
    case InboundKind::deleted:
    case InboundKind::reaction: return receive_change(unit, env, arrival);
    case InboundKind::contact: return receive_contact(unit, env, *channel, arrival);
    case InboundKind::typing: return receive_typing(unit, env, *channel, arrival);
    case InboundKind::undecodable:
      return keep_dead_once(unit, env, arrival.channel, arrival.event.reason, arrival.event.raw, true);
  }
  return fail(Errc::internal, "an event of no kind");
}

}  // namespace jackfield::flow
