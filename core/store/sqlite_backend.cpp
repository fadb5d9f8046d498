// Transactions and loading; sqlite_writing.cpp has the rest.
#include "store/sqlite_backend.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "store/sqlite_schema.hpp"

namespace jackfield::store {
namespace {

// Where a checkpoint or a look from outside is in the way, longer than any of them should take.
constexpr int kWriterBusyMs = 2000;

int remember_wal(void* bytes, sqlite3*, const char*, int pages) {
  *static_cast<std::size_t*>(bytes) = static_cast<std::size_t>(pages) * (kPageSize + 24);
  return SQLITE_OK;
}

}  // namespace

// --- transactions

SqliteBackend::Session::Session(const std::string& path, const std::string& vfs)
    : db(path, vfs, kWriterBusyMs), names(db) {
  check_ours(db);
  prepare_connection(db, true);
  migrate(db);
}

SqliteBackend::SqliteBackend(std::string path, std::string vfs) : path_(std::move(path)), vfs_(std::move(vfs)) {
  open();
}

void SqliteBackend::open() {
  session_.reset();
  session_ = std::make_unique<Session>(path_, vfs_);
  Connection& db = session_->db;
  // Replaces SQLite's own checkpoints on this connection, which would be in the way of commits.
  sqlite3_wal_hook(db.handle(), remember_wal, &wal_bytes_);
  last_cursor_ = committed_cursor_ =
      std::max(db.number("SELECT max(cursor) FROM events"), db.number("SELECT removed_to FROM log_start"));
}

void SqliteBackend::begin() {
  if (checkpointer_) checkpointer_->before_write();
  try {
    if (!session_ || session_->db.troubled()) open();
    session_->db.run("BEGIN IMMEDIATE");
  } catch (...) {
    leave();
    throw;
  }
}

void SqliteBackend::commit() {
  write_counts();
  session_->db.run("COMMIT");
  committed_cursor_ = last_cursor_;
  leave();
  if (std::exchange(forgot_, false) && checkpointer_) checkpointer_->purge();
}

void SqliteBackend::rollback() noexcept {
  // After some errors SQLite has rolled back by itself, and after a failed begin there is nothing to undo.
  if (session_ && session_->db.in_transaction())
    sqlite3_exec(session_->db.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  if (session_) session_->names.forget();
  counts_.clear();
  forgot_ = false;
  last_cursor_ = committed_cursor_;
  leave();
}

void SqliteBackend::leave() noexcept {
  if (checkpointer_) checkpointer_->after_write(wal_bytes_);
}

// --- loading

std::optional<Contact> SqliteBackend::load_contact(Id id) { return store::load_contact(session_->db, id); }

Id SqliteBackend::find_address(std::string_view scope, std::string_view uri) {
  Query q = session_->db.query("SELECT contact FROM addresses WHERE uri = ? AND scope = ?", uri, scope);
  return q.step() ? q.id() : Id{};
}

std::optional<Conversation> SqliteBackend::load_conversation(Id id) {
  return store::load_conversation(session_->db, id);
}

std::optional<Conversation> SqliteBackend::load_latest_in_scope(std::string_view scope) {
  Query q = session_->db.query(
      "SELECT " JACKFIELD_CONVERSATION_COLUMNS " FROM conversations WHERE scope = ? ORDER BY id DESC LIMIT 1", scope);
  if (!q.step()) return std::nullopt;
  return read_conversation(q);
}

std::optional<Message> SqliteBackend::load_message(Id id) {
  auto row = load_message_row(session_->db, session_->names, id);
  if (!row) return std::nullopt;
  row->head.content = stored(content_from_json(row->content), "message", id);
  row->head.track = stored(track_from_json(row->track), "message", id);
  return std::move(row->head);
}

Id SqliteBackend::find_key(const ProviderKey& key) {
  Query q = session_->db.query("SELECT message FROM provider_keys WHERE key = ?", blob_of(key));
  return q.step() ? q.id() : Id{};
}

std::optional<OutboxEntry> SqliteBackend::load_outbox(Id message) {
  Query q = session_->db.query("SELECT " JACKFIELD_OUTBOX_COLUMNS " FROM outbox WHERE message = ?", message);
  if (!q.step()) return std::nullopt;
  return read_outbox(q, session_->names);
}

std::optional<DeadLetter> SqliteBackend::load_dead_letter(Id id) { return store::load_dead_letter(session_->db, id); }

std::optional<Media> SqliteBackend::load_media(Id id) { return store::load_media(session_->db, id); }

std::optional<Timer> SqliteBackend::load_timer(TimerKind kind, std::string_view channel, std::string_view key) {
  Query q = session_->db.query(
      "SELECT " JACKFIELD_TIMER_COLUMNS " FROM timers WHERE kind = ? AND channel = ? AND key = ?", kind, channel, key);
  if (!q.step()) return std::nullopt;
  return read_timer(q);
}

std::string SqliteBackend::load_decision(Id conversation) { return store::load_decision(session_->db, conversation); }

std::optional<std::string> SqliteBackend::load_kv(std::string_view channel, std::string_view key) {
  Query q = session_->db.query("SELECT value FROM kv WHERE channel = ? AND key = ?", channel, key);
  if (!q.step()) return std::nullopt;
  return q.string();
}

std::vector<ParkedReceipt> SqliteBackend::load_parked(const ProviderKey& key) {
  Query q = session_->db.query(
      "SELECT status, error_class, code, detail, error_at, at FROM parked WHERE key = ? ORDER BY rowid", blob_of(key));
  std::vector<ParkedReceipt> out;
  while (q.step()) {
    ParkedReceipt& receipt = out.emplace_back();
    receipt.key = key;
    receipt.status = q.enumerator<Status>();
    receipt.error.error_class = q.string();
    receipt.error.code = q.string();
    receipt.error.detail = q.string();
    receipt.error.at = q.time();
    receipt.at = q.time();
  }
  return out;
}

std::optional<IdempotentAnswer> SqliteBackend::load_answer(std::string_view owner, std::string_view key) {
  return store::load_answer(session_->db, owner, key);
}

std::optional<Webhook> SqliteBackend::load_webhook(Id id) {
  Query q = session_->db.query("SELECT " JACKFIELD_WEBHOOK_COLUMNS " FROM webhooks WHERE id = ?", id);
  if (!q.step()) return std::nullopt;
  return read_webhook(q);
}

std::optional<ApiToken> SqliteBackend::load_api_token(Id id) {
  Query q = session_->db.query("SELECT " JACKFIELD_API_TOKEN_COLUMNS " FROM api_tokens WHERE id = ?", id);
  if (!q.step()) return std::nullopt;
  return read_api_token(q);
}

std::vector<Id> SqliteBackend::api_tokens() {
  Query q = session_->db.query("SELECT id FROM api_tokens ORDER BY id");
  std::vector<Id> out;
  while (q.step()) out.push_back(q.id());
  return out;
}

std::optional<Agent> SqliteBackend::load_agent(std::string_view name) { return store::load_agent(session_->db, name); }

std::optional<QueueCount> SqliteBackend::load_queue_count(std::string_view queue) {
  Query q = session_->db.query("SELECT waiting, agents FROM queue_counts WHERE queue = ?", queue);
  if (!q.step()) return std::nullopt;
  const std::int64_t waiting = q.integer();
  return QueueCount{std::string(queue), waiting, q.integer()};
}

std::optional<QueueHistory> SqliteBackend::load_queue_history(std::string_view queue) {
  Query q =
      session_->db.query("SELECT queue, taken, wait, interval, last_at FROM queue_history WHERE queue = ?", queue);
  if (!q.step()) return std::nullopt;
  return read_queue_history(q);
}

std::optional<Merge> SqliteBackend::load_merge(Id id) {
  Query q = session_->db.query("SELECT " JACKFIELD_MERGE_COLUMNS " FROM merges WHERE id = ?", id);
  if (!q.step()) return std::nullopt;
  return read_merge(q);
}

// --- ranges

std::vector<Id> SqliteBackend::due_outbox(std::string_view channel, Time now, std::size_t most,
                                          const std::vector<std::string>& paused_recipients) {
  // What waits or flies before an entry in its lane holds it; what is held (unknown) holds nobody.
  Query q = session_->db.query(
      "SELECT message, recipient FROM outbox AS o WHERE channel = ? AND state = 0 AND next_at <= ? AND NOT EXISTS ("
      "SELECT 1 FROM outbox AS b WHERE b.conversation = o.conversation AND b.channel = o.channel AND b.state < 2 "
      "AND b.message < o.message) ORDER BY next_at, message",
      session_->names.find(channel), now);
  std::vector<Id> out;
  while (out.size() < most && q.step()) {
    const Id message = q.id();
    const std::string_view recipient = q.text();
    if (std::find(paused_recipients.begin(), paused_recipients.end(), recipient) == paused_recipients.end())
      out.push_back(message);
  }
  return out;
}

std::vector<Id> SqliteBackend::overdue_outbox(const std::vector<std::string>& served_channels, Time now,
                                              std::size_t most) {
  std::vector<std::int64_t> served;
  for (const auto& name : served_channels) served.push_back(session_->names.find(name));
  std::vector<std::int64_t> others;
  // One step of the index for each channel that has something waiting, however much that is.
  Query channels = session_->db.query(
      "WITH RECURSIVE c(n) AS (SELECT min(channel) FROM outbox UNION ALL "
      "SELECT (SELECT min(channel) FROM outbox WHERE channel > c.n) FROM c WHERE c.n IS NOT NULL) "
      "SELECT n FROM c WHERE n IS NOT NULL");
  while (channels.step()) {
    const auto number = channels.integer();
    if (std::find(served.begin(), served.end(), number) == served.end()) others.push_back(number);
  }
  std::vector<Id> out;
  for (const auto number : others) {
    Query q = session_->db.query(
        "SELECT message FROM outbox WHERE channel = ? AND state = 0 AND deadline <= ? ORDER BY message LIMIT ?", number,
        now, most - out.size());
    while (q.step()) out.push_back(q.id());
    if (out.size() >= most) break;
  }
  return out;
}

std::vector<Id> SqliteBackend::in_flight() {
  Query q = session_->db.query("SELECT message FROM outbox WHERE state = 1 ORDER BY message");
  std::vector<Id> out;
  while (q.step()) out.push_back(q.id());
  return out;
}

std::vector<Id> SqliteBackend::put_off(Time until) {
  Query q = session_->db.query("SELECT message FROM outbox WHERE state = 0 AND next_at > ? ORDER BY message", until);
  std::vector<Id> out;
  while (q.step()) out.push_back(q.id());
  return out;
}

std::vector<Timer> SqliteBackend::due_timers(Time now, std::size_t most) {
  Query q = session_->db.query(
      "SELECT " JACKFIELD_TIMER_COLUMNS " FROM timers WHERE due_at <= ? ORDER BY due_at LIMIT ?", now, most);
  std::vector<Timer> out;
  while (q.step()) out.push_back(read_timer(q));
  return out;
}

std::vector<Id> SqliteBackend::conversations_of(Id contact) {
  Query q = session_->db.query("SELECT id FROM conversations WHERE contact = ? ORDER BY id", contact);
  std::vector<Id> out;
  while (q.step()) out.push_back(q.id());
  return out;
}

namespace {

std::vector<Id> ids_of(Query& q) {
  std::vector<Id> out;
  while (q.step()) out.push_back(q.id());
  return out;
}

}  // namespace

std::vector<Id> SqliteBackend::recent_conversations(Id contact, std::size_t most) {
  Query q = session_->db.query("SELECT id FROM conversations WHERE contact = ? ORDER BY id DESC LIMIT ?", contact,
                               static_cast<std::int64_t>(most));
  return ids_of(q);
}

std::vector<Id> SqliteBackend::asked(Id contact, std::size_t most) {
  Query q = session_->db.query(
      "SELECT id FROM conversations WHERE contact = ? AND asked_at <> 0 ORDER BY asked_at DESC, id DESC LIMIT ?",
      contact, static_cast<std::int64_t>(most));
  return ids_of(q);
}

std::vector<Id> SqliteBackend::public_threads(Id contact, std::size_t most) {
  Query q = session_->db.query(
      "SELECT id FROM conversations WHERE contact = ? AND scope >= 'thread:' AND scope < 'thread;' "
      "ORDER BY id DESC LIMIT ?",
      contact, static_cast<std::int64_t>(most));
  return ids_of(q);
}

std::vector<Id> SqliteBackend::waiting(std::string_view queue, CapacityClass capacity_class, std::size_t most) {
  Query q = session_->db.query(
      "SELECT id FROM conversations INDEXED BY conversations_waiting WHERE queue = ? AND capacity_class = ? AND "
      "wait_order <> 0 ORDER BY wait_order, id LIMIT ?",
      queue, capacity_class, most);
  std::vector<Id> out;
  while (q.step()) out.push_back(q.id());
  return out;
}

std::vector<Id> SqliteBackend::held_by(std::string_view agent) {
  Query q = session_->db.query(
      "SELECT id FROM conversations INDEXED BY conversations_held WHERE held_by = ? AND held_by <> '' ORDER BY id",
      agent);
  std::vector<Id> out;
  while (q.step()) out.push_back(q.id());
  return out;
}

std::vector<std::string> SqliteBackend::free_agents(std::string_view queue, CapacityClass capacity_class,
                                                    std::size_t most) {
  Query q = session_->db.query(
      "SELECT agent FROM free_agents WHERE queue = ? AND capacity_class = ? ORDER BY load, idle_since, agent LIMIT ?",
      queue, capacity_class, most);
  std::vector<std::string> out;
  while (q.step()) out.push_back(q.string());
  return out;
}

std::vector<std::string> SqliteBackend::agents(std::optional<Presence> presence) {
  Query q = session_->db.query("SELECT name FROM agents WHERE ?1 IS NULL OR presence = ?1 ORDER BY name", presence);
  std::vector<std::string> out;
  while (q.step()) out.push_back(q.string());
  return out;
}

// By the index of what is due: few are in flight or held.
std::vector<Id> SqliteBackend::unsettled_outbox(std::string_view channel, std::string_view recipient) {
  Query q = session_->db.query(
      "SELECT message FROM outbox INDEXED BY outbox_due WHERE channel = ? AND state IN (1, 2) AND recipient = ?",
      session_->names.find(channel), recipient);
  std::vector<Id> out;
  while (q.step()) out.push_back(q.id());
  return out;
}

std::vector<Id> SqliteBackend::sent_before(Id conversation, std::string_view channel, Id before, Status below) {
  Query q = session_->db.query(
      "SELECT id FROM (SELECT id, channel, direction, status FROM messages WHERE conversation = ? AND id < ? ORDER BY id "
      "DESC LIMIT 500) WHERE direction = 1 AND channel = ? AND status IN (1, 3, 5, 6) AND status < ?",
      conversation, before, session_->names.find(channel), below);
  std::vector<Id> out;
  while (q.step()) out.push_back(q.id());
  return out;
}

Id SqliteBackend::greatest_id() {
  Query q = session_->db.query(
      "SELECT max(coalesce((SELECT max(id) FROM messages), 0), coalesce((SELECT max(id) FROM conversations), 0), "
      "coalesce((SELECT max(id) FROM contacts), 0), coalesce((SELECT max(id) FROM timers), 0), "
      "coalesce((SELECT max(id) FROM dead_letters), 0), coalesce((SELECT max(id) FROM media), 0), "
      "coalesce((SELECT max(id) FROM merges), 0), coalesce((SELECT max(id) FROM webhooks), 0), "
      "coalesce((SELECT max(id) FROM callbacks), 0), "
      "coalesce((SELECT max(id) FROM api_tokens), 0))");
  return q.step() ? q.id() : Id{};
}

}  // namespace jackfield::store
