// Reading for the API and the event log. Reads see the last commit and wait for no write.
//
// A Reader holds one connection and belongs to one thread at a time. Failures are Errors; nothing is thrown.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/json.hpp"
#include "store/rows.hpp"
#include "store/unit.hpp"

namespace jackfield::store {

template <class T>
struct Page {
  std::vector<T> items;
  std::string next;  // cursor for the next page, opaque; empty: this was the last
};

// A limit above 500 counts as 500. A cursor of another list is Errc::invalid.

struct PageArgs {
  std::size_t limit = 50;
  std::string cursor;
};

struct ConversationFilter {
  std::optional<std::string> queue, assignee, channel, tag;
  std::optional<ConversationState> state;
  Id contact;
  std::vector<std::string> queues;  // when not empty: only these (an agent's)
};

struct MessageFilter {
  std::optional<std::string> channel;
  std::optional<Direction> direction;
  std::optional<Status> status;
};

struct ConversationView {
  Conversation conversation;
  std::optional<Contact> contact;
};

struct QueueFigures {
  QueueHistory history;  // taken 0: none yet
  std::string queue;
  std::int64_t waiting = 0;  // open and unassigned
  std::int64_t open = 0;
  Time oldest{};  // since when the one that waits longest has; Time{}: none waits
};

struct CallbackFilter {
  std::optional<CallbackState> state;
  std::optional<std::string> queue;
  Id contact, conversation;
  Time from{}, until{};             // of the beginning of its slot; 0: no bound
  std::vector<std::string> queues;  // when not empty: only these, or in conversations of these (an agent's)
};

struct CallbackView {
  Callback callback;
  std::string conversation_queue;  // where its conversation is now
  std::optional<Contact> contact;
};

struct ChannelFigures {
  std::int64_t received = 0, sent = 0, failed = 0, outbox = 0, held = 0, dead_inbound = 0, dead_outbound = 0;
};

// An event with what it is joined with.
struct EventView {
  Event event;
  std::optional<MessageRow> message;
  std::optional<ConversationView> conversation;  // for conversation.* events
  std::optional<Contact> contact;                // for contact.* events
  std::optional<CallbackView> callback;          // for callback.* events
};

// A message's contact is the one that lives, whatever was merged since.
class Reader {
 public:
  virtual ~Reader() = default;

  virtual Result<std::optional<ConversationView>> conversation(Id id) = 0;
  virtual Result<Page<ConversationView>> conversations(const ConversationFilter& filter, const PageArgs& page) = 0;
  virtual Result<std::string> decision(Id conversation) = 0;  // empty: none
  virtual Result<std::optional<MessageRow>> message(Id id) = 0;
  virtual Result<Page<MessageRow>> messages_of(Id conversation, const PageArgs& page) = 0;  // oldest first
  virtual Result<Page<MessageRow>> messages(const MessageFilter& filter, const PageArgs& page) = 0;  // newest first
  virtual Result<std::optional<Contact>> contact(Id id) = 0;
  virtual Result<std::optional<Contact>> living_contact(Id id) = 0;  // or the one that it lives on in
  virtual Result<std::vector<Contact>> merged_into(Id contact) = 0;  // all who live on in it, at any remove
  // The journal about that contact, oldest first; those of the merged are their own.
  virtual Result<std::vector<Merge>> merges_of(Id contact) = 0;
  // Written by or to it or one who lives on in it, oldest first.
  virtual Result<Page<MessageRow>> messages_from(Id contact, const PageArgs& page) = 0;
  // By address (exact uri, any scope) and/or q (part of name or address).
  // Those merged into another are left out.
  virtual Result<Page<Contact>> contacts(const std::string& address, const std::string& q, const PageArgs& page) = 0;
  virtual Result<std::optional<CallbackView>> callback(Id id) = 0;
  virtual Result<Page<CallbackView>> callbacks(const CallbackFilter& filter, const PageArgs& page) = 0;  // by slot
  // When those begin that are scheduled or due in that queue, from `from` on and before `until`; in order.
  virtual Result<std::vector<Time>> callback_times(const std::string& queue, Time from, Time until) = 0;
  // Those not resolved, newest first.
  virtual Result<Page<DeadLetter>> dead_letters(std::optional<DeadLetterKind> kind, const PageArgs& page) = 0;
  virtual Result<std::optional<DeadLetter>> dead_letter(Id id) = 0;
  virtual Result<std::vector<Webhook>> webhooks() = 0;  // all, oldest first
  // Of one webhook in that state, in the order of the log.
  virtual Result<Page<WebhookEvent>> webhook_events(Id webhook, WebhookEventState state, const PageArgs& page) = 0;
  virtual Result<std::vector<ApiToken>> api_tokens() = 0;  // all, oldest first
  virtual Result<std::optional<Media>> media(Id id) = 0;
  // Events after the cursor, of those types when any are given. Errc::not_found: older than the log reaches. After 0 is
  // from the oldest that is kept.
  virtual Result<std::vector<EventView>> events(std::int64_t after, const std::vector<EventType>& types,
                                                std::size_t limit) = 0;
  virtual Result<std::int64_t> last_cursor() = 0;
  virtual Result<std::vector<QueueFigures>> queues() = 0;
  virtual Result<Page<Agent>> agents(const PageArgs& page) = 0;  // those enabled, by name; without what they are free for
  virtual Result<std::vector<Agent>> agents_online() = 0;
  virtual Result<std::optional<Agent>> agent(const std::string& name) = 0;
  virtual Result<ChannelFigures> channel(const std::string& channel) = 0;
  virtual Result<std::optional<IdempotentAnswer>> idempotent_answer(const std::string& owner, const std::string& key) = 0;
  // The conversation's provider ids on that channel, oldest first, the last `most`.
  virtual Result<std::vector<std::string>> provider_ids(Id conversation, const std::string& channel, std::size_t most) = 0;
};

}  // namespace jackfield::store
