#include "flow/thread.hpp"

#include <algorithm>

namespace jackfield::flow {
namespace {

constexpr std::size_t kMostThreads = 16;  // of one contact's public ones, the newest

using store::KeyKind;
using store::provider_key;

Message* message_with(store::Unit& unit, const std::string& channel, const std::string& provider_id) {
  if (provider_id.empty()) return nullptr;
  const Id id = unit.message_by_key(provider_key(channel, KeyKind::id, provider_id));
  return id.value > 0 ? unit.message(id) : nullptr;
}

// The first message we hold of those that this one says it answers; what is proven comes first.
Message* answered(store::Unit& unit, const std::string& channel, const Inbound& message) {
  if (message.thread_proof && !message.threads.empty())
    if (auto* proven = message_with(unit, channel, message.threads.front())) return proven;
  if (auto* quoted = message_with(unit, channel, message.content.quoted)) return quoted;
  for (const auto& id : message.threads)
    if (auto* found = message_with(unit, channel, id)) return found;
  return nullptr;
}

bool is_proven(const Inbound& message, const Message& parent) {
  if (!message.thread_proof || message.threads.empty()) return false;
  const auto& ids = parent.track.provider_ids;
  return std::find(ids.begin(), ids.end(), message.threads.front()) != ids.end();
}

// What no customer wrote to us just now says nothing about whether there is work to do.
bool is_quiet(const Inbound& message) {
  return message.direction == Direction::out || message.content.automatic == "reply";
}

bool can_join(const Conversation& c, const Channel& channel, const Inbound& message, Time now) {
  if (c.state != ConversationState::closed) return true;
  if (is_quiet(message)) return message.direction == Direction::in;  // an automatic reply joins what is closed as it is
  return channel.policy.reopen.count() > 0 && now - c.closed_at <= channel.policy.reopen;
}

bool can_be_public(const Channel& channel) {
  const auto& sides = channel.manifest.visibility;
  return std::find(sides.begin(), sides.end(), "public") != sides.end();
}

// Somebody who writes privately after we answered them in public does what such an answer asks for.
bool goes_on(const Conversation& c, const Channel& channel, const Inbound& message, Time now) {
  if (c.state != ConversationState::closed) return true;
  if (message.direction == Direction::out) return false;
  const bool answered =
      c.last_outbound_at != Time{} && (c.last_outbound_at >= c.last_inbound_at || c.was_said(Visibility::private_));
  return answered && now - c.closed_at <= std::max(channel.policy.after_public, channel.policy.reopen);
}

// An open one before one that is closed, a newer one before an older.
Conversation* begun_in_public(store::Unit& unit, const Environment& env, const Channel& channel, const Inbound& message,
                              const Contact& contact, Time now) {
  if (message.visibility == Visibility::public_ || message.content.automatic == "reply") return nullptr;
  const ConversationScope scope = scope_of(channel, Visibility::private_);
  if (scope == ConversationScope::thread) return nullptr;
  const bool any = std::any_of(env.channels.begin(), env.channels.end(),
                               [](const auto& entry) { return can_be_public(entry.second); });
  if (!any) return nullptr;  // most do without: no question to the store
  const std::string here = scope == ConversationScope::channel ? "thread:" + channel.policy.name + ":" : "thread:";
  Conversation* out = nullptr;
  for (auto* begun : unit.public_threads(contact.id, kMostThreads)) {
    if (!begun->scope.starts_with(here) || !goes_on(*begun, channel, message, now)) continue;
    if (begun->state != ConversationState::closed) return begun;
    if (!out) out = begun;
  }
  return out;
}

}  // namespace

ConversationScope scope_of(const Channel& channel, Visibility visibility) {
  if (visibility == Visibility::public_) return ConversationScope::thread;
  if (channel.policy.scope) return *channel.policy.scope;
  if (channel.manifest.default_scope == "thread") return ConversationScope::thread;
  if (channel.manifest.default_scope == "channel") return ConversationScope::channel;
  return ConversationScope::contact;
}

std::string scope_key(ConversationScope scope, const std::string& channel, Id contact, const std::string& thread) {
  switch (scope) {
    case ConversationScope::contact: return "contact:" + to_string(contact);
    case ConversationScope::channel: return "channel:" + channel + ":" + to_string(contact);
    case ConversationScope::thread: return thread.empty() ? "" : "thread:" + channel + ":" + thread;
  }
  return "";
}

Found find_conversation(store::Unit& unit, const Environment& env, const Channel& channel, const Inbound& message,
                        const Contact& contact, Time now) {
  Found out;
  const std::string& name = channel.policy.name;
  const ConversationScope scope = scope_of(channel, message.visibility);
  Message* parent = message.content.quoted.empty() && message.threads.empty() ? nullptr : answered(unit, name, message);
  if (parent) {
    out.reply_to = parent->id;
    const bool proven = is_proven(message, *parent);
    const bool looks = scope == ConversationScope::thread || proven || message.content.automatic == "reply";
    auto* found = looks ? unit.conversation(parent->conversation) : nullptr;
    if (found && (proven || found->contact == contact.id)) {
      out.conversation = found;
      out.how = proven ? "it proves that it answers a message of this conversation"
                       : "it answers a message of this conversation";
    }
  }
  const bool answers = out.conversation != nullptr;
  const std::string key = scope_key(scope, name, contact.id, message.thread);
  if (!answers && !key.empty()) {
    out.conversation = unit.latest_in_scope(key);
    out.how = scope == ConversationScope::thread    ? "it belongs to the same public thread"
              : scope == ConversationScope::channel ? "it is the contact's conversation on this channel"
                                                    : "it is the contact's conversation";
  }
  if (out.conversation && !can_join(*out.conversation, channel, message, now)) out.conversation = nullptr;
  if (answers || (out.conversation && out.conversation->state != ConversationState::closed)) return out;
  if (auto* begun = begun_in_public(unit, env, channel, message, contact, now)) {
    out.conversation = begun;
    out.from_public = true;
    out.how = "it goes on privately with what was begun in public";
  }
  return out;
}

Threaded thread(store::Unit& unit, const Environment& env, const Channel& channel, const Inbound& message,
                Contact& contact, Time now) {
  Found found = find_conversation(unit, env, channel, message, contact, now);
  Threaded out{.conversation = found.conversation, .reply_to = found.reply_to, .how = std::move(found.how)};
  const std::string& name = channel.policy.name;
  if (out.conversation) {
    if (is_quiet(message)) return out;
    out.went_private = found.from_public && !out.conversation->was_said(Visibility::private_);
    if (out.conversation->state != ConversationState::open) {
      out.reopened = out.conversation->state == ConversationState::closed;
      out.went_private |= found.from_public && out.reopened;
      if (out.reopened) out.conversation->assignee.clear();  // routed anew; who had it is asked first
      out.conversation->state = ConversationState::open;
      out.conversation->closed_at = Time{};
      out.conversation->snoozed_until = Time{};
    }
    return out;
  }
  Conversation made;
  made.id = env.ids.next();
  made.contact = contact.id;
  made.scope = scope_key(scope_of(channel, message.visibility), name, contact.id, message.thread);
  made.subject = message.content.subject;
  made.created_at = now;
  made.last_activity_at = now;
  out.conversation = &unit.add(std::move(made));
  out.made = true;
  out.how = "it is new";
  unit.add(Event{.type = EventType::conversation_opened,
                 .at = now,
                 .source = name,
                 .conversation = out.conversation->id,
                 .contact = contact.id});
  return out;
}

}  // namespace jackfield::flow
