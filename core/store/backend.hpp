// What the unit and the committer need of a database. SQLite implements it; PostgreSQL will.
//
// Committer thread only. Every function but open and the destructor may throw store::Failure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/unit.hpp"

namespace jackfield::store {

enum class Change : std::uint8_t { none, insert, update, remove };

class Backend {
 public:
  virtual ~Backend() = default;

  virtual void begin() = 0;
  virtual void commit() = 0;  // durable when it returns
  virtual void rollback() noexcept = 0;

  virtual std::optional<Contact> load_contact(Id id) = 0;  // with its addresses
  virtual Id find_address(std::string_view scope, std::string_view uri) = 0;  // its contact; 0: none
  virtual std::optional<Conversation> load_conversation(Id id) = 0;
  virtual std::optional<Conversation> load_latest_in_scope(std::string_view scope) = 0;
  virtual std::optional<Message> load_message(Id id) = 0;
  virtual Id find_key(const ProviderKey& key) = 0;  // 0: none, -1: tombstone
  virtual std::optional<OutboxEntry> load_outbox(Id message) = 0;
  virtual std::optional<DeadLetter> load_dead_letter(Id id) = 0;
  virtual std::optional<Media> load_media(Id id) = 0;
  virtual std::optional<Timer> load_timer(TimerKind kind, std::string_view channel, std::string_view key) = 0;
  virtual std::string load_decision(Id conversation) = 0;
  virtual std::optional<std::string> load_kv(std::string_view channel, std::string_view key) = 0;
  virtual std::vector<ParkedReceipt> load_parked(const ProviderKey& key) = 0;
  virtual std::optional<IdempotentAnswer> load_answer(std::string_view owner, std::string_view key) = 0;
  virtual std::optional<Merge> load_merge(Id id) = 0;
  virtual std::optional<Webhook> load_webhook(Id id) = 0;
  virtual std::optional<Callback> load_callback(Id id) = 0;
  virtual std::optional<ApiToken> load_api_token(Id id) = 0;
  virtual std::optional<Agent> load_agent(std::string_view name) = 0;
  virtual std::optional<QueueCount> load_queue_count(std::string_view queue) = 0;
  virtual std::optional<QueueHistory> load_queue_history(std::string_view queue) = 0;
  virtual std::optional<FiguresRow> load_figures(const FiguresKey& key) = 0;
  virtual std::vector<Id> due_outbox(std::string_view channel, Time now, std::size_t most,
                                     const std::vector<std::string>& paused_recipients) = 0;
  virtual std::vector<Id> overdue_outbox(const std::vector<std::string>& served_channels, Time now,
                                         std::size_t most) = 0;
  virtual std::vector<Id> in_flight() = 0;
  virtual std::vector<Id> put_off(Time until) = 0;
  virtual std::vector<Timer> due_timers(Time now, std::size_t most) = 0;
  virtual std::vector<Id> conversations_of(Id contact) = 0;
  virtual std::vector<Id> callbacks_in(Id conversation) = 0;
  virtual std::vector<Time> callback_times(std::string_view queue, Time from, Time until) = 0;
  virtual std::vector<Id> asked(Id contact, std::size_t most) = 0;          // newest question first
  virtual std::vector<Id> public_threads(Id contact, std::size_t most) = 0;  // newest first
  virtual std::vector<Id> recent_conversations(Id contact, std::size_t most) = 0;
  virtual std::vector<std::string> free_agents(std::string_view queue, CapacityClass capacity_class, std::size_t most) = 0;
  virtual std::vector<std::string> agents(std::optional<Presence> presence) = 0;
  virtual std::vector<Id> api_tokens() = 0;
  virtual std::vector<Id> waiting(std::string_view queue, CapacityClass capacity_class, std::size_t most) = 0;
  virtual std::vector<Id> held_by(std::string_view agent) = 0;
  virtual std::vector<Id> unsettled_outbox(std::string_view channel, std::string_view recipient) = 0;
  virtual std::vector<Id> sent_before(Id conversation, std::string_view channel, Id before, Status below) = 0;
  virtual std::vector<Id> messages_of(Id conversation) = 0;
  virtual std::vector<Id> messages_from(Id contact) = 0;
  virtual std::vector<Id> merged_into(Id contact) = 0;
  virtual bool file_used(std::string_view sha256) = 0;
  virtual bool file_mentioned(std::string_view sha256) = 0;
  virtual std::vector<Id> dead_letters_with(std::string_view text) = 0;
  virtual std::vector<Timer> timers_with(TimerKind kind, std::string_view text) = 0;

  // The contact itself, not its addresses. Removed: within the transaction what refers to it may go later.
  virtual void write(const Contact& row, Change change) = 0;
  virtual void write_address(Id contact, const Address& address, Change change) = 0;
  virtual void write(const Conversation& row, Change change) = 0;
  virtual void write(const Message& row, Change change) = 0;
  virtual void write(const OutboxEntry& row, Change change) = 0;
  virtual void write(const Timer& row, Change change) = 0;
  virtual void write(const DeadLetter& row, Change change) = 0;
  virtual void write(const Media& row, Change change) = 0;
  virtual void write(const Merge& row, Change change) = 0;
  virtual void write(const Callback& row, Change change) = 0;
  virtual void write(const Webhook& row, Change change) = 0;  // removed with its events
  // insert: or replaces. One whose webhook is not there is not written.
  virtual void write(const WebhookEvent& row, Change change) = 0;
  virtual void write(const ApiToken& row, Change change) = 0;  // update: when it was last used
  virtual void write(const Agent& row, Change change) = 0;  // with what it is free for
  virtual void write(const QueueCount& row, Change change) = 0;
  virtual void write(const QueueHistory& row, Change change) = 0;
  virtual void write(const FiguresRow& row, Change change) = 0;
  virtual std::int64_t write(const Event& row) = 0;  // its cursor
  virtual void write_key(const ProviderKey& key, Id message) = 0;
  virtual void write_decision(Id conversation, std::string_view json) = 0;
  virtual void write_kv(std::string_view channel, std::string_view key, const std::optional<std::string>& value) = 0;
  virtual void write_parked(const ParkedReceipt& receipt) = 0;
  virtual void remove_parked(const ProviderKey& key) = 0;
  virtual void write_answer(const IdempotentAnswer& answer) = 0;

  // See Unit::forget. After the commit what was removed or overwritten is moved out of the log as well.
  virtual void forget(const std::vector<Id>& contacts) = 0;

  virtual Id greatest_id() = 0;  // of all rows, for IdSource at start
  // Removes what has had its time: events (with the dead letters of webhooks that speak of them) and resolved dead letters before the first, idempotency answers and parked
  // receipts before the second.
  // At most `most` rows of each; true when there is more.
  virtual bool expire(Time events_before, Time answers_before, std::size_t most) = 0;
  virtual bool expire_figures(DayNumber before) = 0;  // see Unit
};

}  // namespace jackfield::store
