// Backend over SQLite: the one connection that writes.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "store/backend.hpp"
#include "store/sqlite_checkpoint.hpp"
#include "store/sqlite_connection.hpp"
#include "store/sqlite_rows.hpp"

namespace jackfield::store {

class SqliteBackend final : public Backend {
 public:
  // Opens and migrates the file; throws store::Failure.
  SqliteBackend(std::string path, std::string vfs);
  // Checkpoints from then on; it must outlive the backend.
  void set_checkpointer(Checkpointer& checkpointer) { checkpointer_ = &checkpointer; }

  void begin() override;
  void commit() override;
  void rollback() noexcept override;

  std::optional<Contact> load_contact(Id id) override;
  Id find_address(std::string_view scope, std::string_view uri) override;
  std::optional<Conversation> load_conversation(Id id) override;
  std::optional<Conversation> load_latest_in_scope(std::string_view scope) override;
  std::optional<Message> load_message(Id id) override;
  Id find_key(const ProviderKey& key) override;
  std::optional<OutboxEntry> load_outbox(Id message) override;
  std::optional<DeadLetter> load_dead_letter(Id id) override;
  std::optional<Media> load_media(Id id) override;
  std::optional<Timer> load_timer(TimerKind kind, std::string_view channel, std::string_view key) override;
  std::string load_decision(Id conversation) override;
  std::optional<std::string> load_kv(std::string_view channel, std::string_view key) override;
  std::vector<ParkedReceipt> load_parked(const ProviderKey& key) override;
  std::optional<IdempotentAnswer> load_answer(std::string_view owner, std::string_view key) override;
  std::optional<Merge> load_merge(Id id) override;
  std::optional<Webhook> load_webhook(Id id) override;
  std::optional<Callback> load_callback(Id id) override;
  std::optional<ApiToken> load_api_token(Id id) override;
  std::optional<Agent> load_agent(std::string_view name) override;
  std::optional<QueueCount> load_queue_count(std::string_view queue) override;
  std::optional<QueueHistory> load_queue_history(std::string_view queue) override;
  std::optional<FiguresRow> load_figures(const FiguresKey& key) override;
  std::vector<Id> due_outbox(std::string_view channel, Time now, std::size_t most,
                             const std::vector<std::string>& paused_recipients) override;
  std::vector<Id> overdue_outbox(const std::vector<std::string>& served_channels, Time now, std::size_t most) override;
  std::vector<Id> in_flight() override;
  std::vector<Id> put_off(Time until) override;
  std::vector<Timer> due_timers(Time now, std::size_t most) override;
  std::vector<Id> conversations_of(Id contact) override;
  std::vector<Id> callbacks_in(Id conversation) override;
  std::vector<Time> callback_times(std::string_view queue, Time from, Time until) override;
  std::vector<Id> asked(Id contact, std::size_t most) override;
  std::vector<Id> public_threads(Id contact, std::size_t most) override;
  std::vector<Id> recent_conversations(Id contact, std::size_t most) override;
  std::vector<std::string> free_agents(std::string_view queue, CapacityClass capacity_class, std::size_t most) override;
  std::vector<std::string> agents(std::optional<Presence> presence) override;
  std::vector<Id> api_tokens() override;
  std::vector<Id> waiting(std::string_view queue, CapacityClass capacity_class, std::size_t most) override;
  std::vector<Id> held_by(std::string_view agent) override;
  std::vector<Id> unsettled_outbox(std::string_view channel, std::string_view recipient) override;
  std::vector<Id> sent_before(Id conversation, std::string_view channel, Id before, Status below) override;
  std::vector<Id> messages_of(Id conversation) override;
  std::vector<Id> messages_from(Id contact) override;
  std::vector<Id> merged_into(Id contact) override;
  bool file_used(std::string_view sha256) override;
  bool file_mentioned(std::string_view sha256) override;
  std::vector<Id> dead_letters_with(std::string_view text) override;
  std::vector<Timer> timers_with(TimerKind kind, std::string_view text) override;

  void write(const Contact& row, Change change) override;
  void write_address(Id contact, const Address& address, Change change) override;
  void write(const Conversation& row, Change change) override;
  void write(const Message& row, Change change) override;
  void write(const OutboxEntry& row, Change change) override;
  void write(const Timer& row, Change change) override;
  void write(const DeadLetter& row, Change change) override;
  void write(const Media& row, Change change) override;
  void write(const Merge& row, Change change) override;
  void write(const Callback& row, Change change) override;
  void write(const Webhook& row, Change change) override;
  void write(const ApiToken& row, Change change) override;
  void write(const WebhookEvent& row, Change change) override;
  void write(const Agent& row, Change change) override;
  void write(const QueueCount& row, Change change) override;
  void write(const QueueHistory& row, Change change) override;
  void write(const FiguresRow& row, Change change) override;
  std::int64_t write(const Event& row) override;
  void write_key(const ProviderKey& key, Id message) override;
  void write_decision(Id conversation, std::string_view json) override;
  void write_kv(std::string_view channel, std::string_view key, const std::optional<std::string>& value) override;
  void write_parked(const ParkedReceipt& receipt) override;
  void remove_parked(const ProviderKey& key) override;
  void write_answer(const IdempotentAnswer& answer) override;

  void forget(const std::vector<Id>& contacts) override;

  Id greatest_id() override;
  bool expire(Time events_before, Time answers_before, std::size_t most) override;
  bool expire_figures(DayNumber before) override;

  Connection& connection() { return session_->db; }

 private:
  // What goes when the disk failed and a new connection is the safe way on.
  struct Session {
    Connection db;
    ChannelNames names;
    Session(const std::string& path, const std::string& vfs);
  };
  struct Count {
    std::int64_t received = 0, written = 0;
  };

  void open();
  void leave() noexcept;  // the transaction is over
  void write_counts();
  void update(const Conversation& row);
  void update_work(const Conversation& row);
  bool expire_events(Time before, std::size_t most);
  void remove_row(const char* sql, Id id);

  const std::string path_, vfs_;
  Checkpointer* checkpointer_ = nullptr;
  std::unique_ptr<Session> session_;
  std::size_t wal_bytes_ = 0;     // told by the last commit
  bool forgot_ = false;           // within the transaction
  std::int64_t last_cursor_ = 0;  // given within the transaction
  std::int64_t committed_cursor_ = 0;
  std::map<std::int64_t, Count> counts_;  // by channel, not yet written
};

}  // namespace jackfield::store
