#include "flow/thread.hpp"

#include <algorithm>

namespace jackfield::flow {
namespace {

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

Threaded thread(store::Unit& unit, const Environment& env, const Channel& channel, const Inbound& message,
                Contact& contact, Time now) {
  Threaded out;
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
  const std::string key = scope_key(scope, name, contact.id, message.thread);
  if (!out.conversation && !key.empty()) {
    out.conversation = unit.latest_in_scope(key);
    out.how = scope == ConversationScope::thread    ? "it belongs to the same public thread"
              : scope == ConversationScope::channel ? "it is the contact's conversation on this channel"
                                                    : "it is the contact's conversation";
  }
  if (out.conversation && !can_join(*out.conversation, channel, message, now)) out.conversation = nullptr;
  if (out.conversation) {
    if (is_quiet(message)) return out;
    if (out.conversation->state != ConversationState::open) {
      out.reopened = out.conversation->state == ConversationState::closed;
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
  made.scope = key;
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
