// SqliteBackend: writing and expiry.
#include "store/sqlite_backend.hpp"

namespace jackfield::store {

namespace {

std::string passed_by(const Work& work) {
  return work.passed_by.empty() ? std::string() : strings_to_json(work.passed_by);
}

}  // namespace

// --- contacts

void SqliteBackend::write(const Contact& row, Change change) {
  const std::string attributes = attributes_to_json(row.attributes), tags = strings_to_json(row.tags);
  if (change == Change::insert)
    session_->db.run("INSERT INTO contacts (" JACKFIELD_CONTACT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?)", row.id,
                     row.name, row.language, attributes, tags, row.merged_into, row.created_at);
  else if (change == Change::update)
    session_->db.run(
        "UPDATE contacts SET name = ?2, language = ?3, attributes = ?4, tags = ?5, merged_into = ?6 WHERE id = ?1",
        row.id, row.name, row.language, attributes, tags, row.merged_into);
  else if (change == Change::remove)
    remove_row("DELETE FROM contacts WHERE id = ?", row.id);
}

// What refers to the row goes within the same transaction, in whatever order.
void SqliteBackend::remove_row(const char* sql, Id id) {
  session_->db.run("PRAGMA defer_foreign_keys = ON");
  session_->db.run(sql, id);
}

void SqliteBackend::write_address(Id contact, const Address& address, Change change) {
  if (change == Change::insert)
    session_->db.run(
        "INSERT INTO addresses (contact, seq, uri, scope, evidence, name, opt_outs) VALUES "
        "(?1, (SELECT coalesce(max(seq), 0) + 1 FROM addresses WHERE contact = ?1), ?2, ?3, ?4, ?5, ?6)",
        contact, address.uri, address.scope, address.evidence, address.name, opt_outs_to_json(address.opt_outs));
  else if (change == Change::update)
    session_->db.run(
        "UPDATE addresses SET evidence = ?4, name = ?5, opt_outs = ?6 WHERE uri = ?2 AND scope = ?3 AND contact = ?1",
        contact, address.uri, address.scope, address.evidence, address.name, opt_outs_to_json(address.opt_outs));
  else if (change == Change::remove)
    session_->db.run("DELETE FROM addresses WHERE uri = ?2 AND scope = ?3 AND contact = ?1", contact, address.uri,
                     address.scope);
}

void SqliteBackend::write(const Merge& row, Change change) {
  if (change == Change::insert)
    session_->db.run(
        "INSERT INTO merges (id, into_contact, from_contact, evidence, moved, at, undone_at) VALUES (?, ?, ?, ?, ?, ?, "
        "?)",
        row.id, row.into, row.from, row.evidence, row.moved, row.at, row.undone_at);
  else if (change == Change::update)
    session_->db.run("UPDATE merges SET evidence = ?2, moved = ?3, undone_at = ?4 WHERE id = ?1", row.id, row.evidence,
                     row.moved, row.undone_at);
}

// --- conversations

void SqliteBackend::write(const Conversation& row, Change change) {
  if (change == Change::update) return update(row);
  if (change != Change::insert) return;
  const std::string tags = strings_to_json(row.tags), channels = channel_uses_to_json(row.channels);
  session_->db.run(
      "INSERT INTO conversations (" JACKFIELD_CONVERSATION_COLUMNS
      ", activity_slot) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
      "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      row.id, Ref{row.contact}, row.state, row.priority, row.created_at, row.last_activity_at, row.last_inbound_at,
      row.last_outbound_at, row.closed_at, row.snoozed_until, row.scope, row.queue, row.assignee, tags, row.language,
      row.subject, channels, row.work.waiting_since, row.work.order, row.work.queued_at, row.work.offered_to,
      row.work.offer_until, row.work.held_by, row.work.assigned_at, row.work.last_agent, passed_by(row.work),
      row.work.capacity_class, row.work.clock_start, row.work.first_response_due, row.work.first_response_at,
      row.work.resolution_due, row.work.answered_by_rule, row.work.opened_at, row.work.opened_on,
      row.work.answered, row.satisfaction.asked_at, satisfaction_to_json(row.satisfaction),
      activity_slot(row.last_activity_at));
}

void SqliteBackend::update(const Conversation& row) {
  const std::string tags = strings_to_json(row.tags), channels = channel_uses_to_json(row.channels);
  session_->db.run(
      "UPDATE conversations SET priority = ?2, last_activity_at = ?3, last_inbound_at = ?4, last_outbound_at = ?5, "
      "closed_at = ?6, snoozed_until = ?7, assignee = ?8, tags = ?9, language = ?10, subject = ?11, channels = ?12 "
      "WHERE id = ?1",
      row.id, row.priority, row.last_activity_at, row.last_inbound_at, row.last_outbound_at, row.closed_at,
      row.snoozed_until, row.assignee, tags, row.language, row.subject, channels);
  // Apart, since naming an indexed column in an update rewrites its index even when the value stays.
  session_->db.run(
      "UPDATE conversations SET state = ?2, activity_slot = ?3, queue = ?4, scope = ?5, contact = ?6 WHERE id = ?1 AND "
      "(activity_slot <> ?3 OR state <> ?2 OR queue <> ?4 OR scope <> ?5 OR contact IS NOT ?6)",
      row.id, row.state, activity_slot(row.last_activity_at), row.queue, row.scope, Ref{row.contact});
  if (row.work.changed) update_work(row);
  if (row.satisfaction.changed)
    session_->db.run("UPDATE conversations SET asked_at = ?2, satisfaction = ?3 WHERE id = ?1", row.id,
                     row.satisfaction.asked_at, satisfaction_to_json(row.satisfaction));
}

void SqliteBackend::update_work(const Conversation& row) {
  const Work& w = row.work;
  session_->db.run(
      "UPDATE conversations SET waiting_since = ?2, wait_order = ?3, queued_at = ?4, offered_to = ?5, offer_until = "
      "?6, "
      "held_by = ?7, assigned_at = ?8, last_agent = ?9, passed_by = ?10, capacity_class = ?11, clock_start = ?12, "
      "first_response_due = ?13, first_response_at = ?14, resolution_due = ?15, answered_by_rule = ?16, opened_at = ?17, "
      "opened_on = ?18, answered = ?19 WHERE id = ?1",
      row.id, w.waiting_since, w.order, w.queued_at, w.offered_to, w.offer_until, w.held_by, w.assigned_at,
      w.last_agent, passed_by(w), w.capacity_class, w.clock_start, w.first_response_due, w.first_response_at,
      w.resolution_due, w.answered_by_rule, w.opened_at, w.opened_on, w.answered);
}

// --- agents

void SqliteBackend::write(const Agent& row, Change change) {
  if (change == Change::none || change == Change::remove) return;
  const std::string skills = strings_to_json(row.skills), serves = strings_to_json(row.serves);
  session_->db.run("INSERT OR REPLACE INTO agents (" JACKFIELD_AGENT_COLUMNS
                   ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                   row.name, row.display, skills, row.capacity[0], row.capacity[1], row.capacity[2], row.fixed ? 1 : 0,
                   row.enabled ? 1 : 0, row.presence, row.presence_since, row.presence_until, row.idle_since,
                   row.load[0], row.load[1], row.load[2], serves);
  session_->db.run("DELETE FROM free_agents WHERE agent = ?", row.name);
  const int load = row.load[0] + row.load[1] + row.load[2];
  for (const auto& free : row.free)
    session_->db.run("INSERT INTO free_agents (queue, capacity_class, load, idle_since, agent) VALUES (?, ?, ?, ?, ?)",
                     free.queue, free.capacity_class, load, row.idle_since, row.name);
}

void SqliteBackend::write(const QueueCount& row, Change change) {
  if (change == Change::none || change == Change::remove) return;
  session_->db.run("INSERT OR REPLACE INTO queue_counts (queue, waiting, agents) VALUES (?, ?, ?)", row.queue,
                   row.waiting, row.agents);
}

void SqliteBackend::write(const QueueHistory& row, Change change) {
  if (change == Change::none || change == Change::remove) return;
  session_->db.run(
      "INSERT OR REPLACE INTO queue_history (queue, taken, wait, interval, last_at) VALUES (?, ?, ?, ?, ?)", row.queue,
      row.taken, row.wait.count(), row.interval.count(), row.last_at);
}

void SqliteBackend::write_decision(Id conversation, std::string_view json) {
  session_->db.run(
      "INSERT INTO decisions (conversation, json) VALUES (?, ?) "
      "ON CONFLICT (conversation) DO UPDATE SET json = excluded.json",
      conversation, json);
}

// --- messages

void SqliteBackend::write(const Message& row, Change change) {
  if (change == Change::none) return;
  if (change == Change::remove) return remove_row("DELETE FROM messages WHERE id = ?", row.id);
  const std::string content = content_to_json(row.content), track = track_to_json(row.track);
  if (change == Change::update) {
    // The rest of a message never changes.
    session_->db.run(
        "UPDATE messages SET contact = ?2, visibility = ?3, status = ?4, sent_at = ?5, content = ?6, track = ?7 "
        "WHERE id = ?1",
        row.id, Ref{row.contact}, row.visibility, row.status, row.sent_at, content, track);
    return;
  }
  const std::int64_t channel = session_->names.intern(row.channel);
  session_->db.run("INSERT INTO messages (" JACKFIELD_MESSAGE_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                   row.id, Ref{row.conversation}, Ref{row.contact}, channel, row.direction, row.visibility, row.status,
                   row.sent_at, row.received_at, content, track);
  if (row.direction == Direction::in) ++counts_[channel].received;
  if (row.direction == Direction::out) ++counts_[channel].written;
}

void SqliteBackend::write_counts() {
  for (const auto& [channel, count] : counts_)
    session_->db.run(
        "INSERT INTO counters (channel, received, written) VALUES (?, ?, ?) ON CONFLICT (channel) DO UPDATE SET "
        "received = received + excluded.received, written = written + excluded.written",
        channel, count.received, count.written);
  counts_.clear();
}

void SqliteBackend::write_key(const ProviderKey& key, Id message) {
  session_->db.run(
      "INSERT INTO provider_keys (key, message) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET message = "
      "excluded.message",
      blob_of(key), message);
}

void SqliteBackend::write_parked(const ParkedReceipt& receipt) {
  session_->db.run(
      "INSERT INTO parked (key, status, error_class, code, detail, error_at, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
      blob_of(receipt.key), receipt.status, receipt.error.error_class, receipt.error.code, receipt.error.detail,
      receipt.error.at, receipt.at);
}

void SqliteBackend::remove_parked(const ProviderKey& key) {
  session_->db.run("DELETE FROM parked WHERE key = ?", blob_of(key));
}

void SqliteBackend::write(const Media& row, Change change) {
  if (change == Change::remove) return session_->db.run("DELETE FROM media WHERE id = ?", row.id);
  if (change == Change::insert)
    session_->db.run("INSERT INTO media (" JACKFIELD_MEDIA_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row.id,
                     row.sha256, row.media_type, row.name, row.size, row.created_at, row.message, row.owner);
  else if (change == Change::update)
    session_->db.run("UPDATE media SET message = ?2 WHERE id = ?1", row.id, row.message);
}

// --- work to do

void SqliteBackend::write(const OutboxEntry& row, Change change) {
  if (change == Change::remove) return session_->db.run("DELETE FROM outbox WHERE message = ?", row.message);
  if (change == Change::insert)
    session_->db.run("INSERT INTO outbox (" JACKFIELD_OUTBOX_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row.message,
                     session_->names.intern(row.channel), row.conversation, row.state, row.attempts, row.next_at,
                     row.deadline, row.recipient);
  else if (change == Change::update)
    session_->db.run(
        "UPDATE outbox SET state = ?2, attempts = ?3, next_at = ?4, deadline = ?5, recipient = ?6 WHERE message = ?1",
        row.message, row.state, row.attempts, row.next_at, row.deadline, row.recipient);
}

void SqliteBackend::write(const Timer& row, Change change) {
  if (change == Change::remove)
    return session_->db.run("DELETE FROM timers WHERE kind = ? AND channel = ? AND key = ?", row.kind, row.channel,
                            row.key);
  session_->db.run("INSERT OR REPLACE INTO timers (" JACKFIELD_TIMER_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                   row.kind, row.channel, row.key, row.id, row.due_at, row.message, row.attempts, row.payload);
}

void SqliteBackend::write(const DeadLetter& row, Change change) {
  if (change == Change::insert)
    session_->db.run("INSERT INTO dead_letters (" JACKFIELD_DEAD_LETTER_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                     row.id, row.kind, row.channel, row.reason, row.undecodable, row.message, row.at, row.resolved_at,
                     row.raw);
  else if (change == Change::update)
    session_->db.run("UPDATE dead_letters SET reason = ?2, resolved_at = ?3 WHERE id = ?1", row.id, row.reason,
                     row.resolved_at);
  else if (change == Change::remove)
    session_->db.run("DELETE FROM dead_letters WHERE id = ?", row.id);
}

// --- webhooks

void SqliteBackend::write(const Webhook& row, Change change) {
  if (change == Change::remove) {
    session_->db.run("DELETE FROM webhook_events WHERE webhook = ?", row.id);
    return session_->db.run("DELETE FROM webhooks WHERE id = ?", row.id);
  }
  std::vector<std::string> names;
  for (const EventType type : row.types) names.emplace_back(name_of(type));
  const std::string types = strings_to_json(names);
  if (change == Change::insert)
    session_->db.run("INSERT INTO webhooks (" JACKFIELD_WEBHOOK_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                     row.id, row.name, row.url, row.secret, types, row.fixed, row.enabled, row.reason, row.cursor,
                     row.created_at);
  else if (change == Change::update)
    session_->db.run(
        "UPDATE webhooks SET name = ?2, url = ?3, secret = ?4, types = ?5, enabled = ?6, reason = ?7, cursor = ?8 "
        "WHERE id = ?1",
        row.id, row.name, row.url, row.secret, types, row.enabled, row.reason, row.cursor);
}

void SqliteBackend::write(const WebhookEvent& row, Change change) {
  if (change == Change::remove)
    return session_->db.run("DELETE FROM webhook_events WHERE webhook = ? AND cursor = ?", row.webhook, row.cursor);
  session_->db.run("INSERT OR REPLACE INTO webhook_events (" JACKFIELD_WEBHOOK_EVENT_COLUMNS
                   ") SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE EXISTS (SELECT 1 FROM webhooks WHERE id = ?1)",
                   row.webhook, row.cursor, row.lane, row.state, row.attempts, row.first_at, row.next_at, row.error);
}

// --- tokens

void SqliteBackend::write(const ApiToken& row, Change change) {
  if (change == Change::remove) return session_->db.run("DELETE FROM api_tokens WHERE id = ?", row.id);
  if (change == Change::update)
    return session_->db.run("UPDATE api_tokens SET last_used_at = ?2 WHERE id = ?1", row.id, row.last_used_at);
  const std::string queues = strings_to_json(row.queues);
  session_->db.run("INSERT INTO api_tokens (" JACKFIELD_API_TOKEN_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                   row.id, row.name, row.role, row.agent, queues, row.hash, row.created_at, row.expires_at,
                   row.last_used_at);
}

// --- the rest

std::int64_t SqliteBackend::write(const Event& row) {
  session_->db.run("INSERT INTO events (" JACKFIELD_EVENT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)", last_cursor_ + 1,
                   row.type, row.at, session_->names.intern(row.source), row.conversation, row.message, row.contact,
                   row.data);
  return ++last_cursor_;
}

void SqliteBackend::write_kv(std::string_view channel, std::string_view key, const std::optional<std::string>& value) {
  if (value)
    session_->db.run("INSERT OR REPLACE INTO kv (channel, key, value) VALUES (?, ?, ?)", channel, key, *value);
  else
    session_->db.run("DELETE FROM kv WHERE channel = ? AND key = ?", channel, key);
}

void SqliteBackend::write_answer(const IdempotentAnswer& answer) {
  session_->db.run(
      "INSERT OR REPLACE INTO answers (owner, key, fingerprint, status, body, at) VALUES (?, ?, ?, ?, ?, ?)",
      answer.owner, answer.key, answer.fingerprint, answer.status, answer.body, answer.at);
}

bool SqliteBackend::expire(Time events_before, Time answers_before, std::size_t most) {
  Connection& db = session_->db;
  const auto removed_all = [&] { return db.changes() == static_cast<std::int64_t>(most); };
  bool more = expire_events(events_before, most);
  db.run(
      "DELETE FROM dead_letters WHERE id IN (SELECT id FROM dead_letters WHERE resolved_at > 0 AND resolved_at < ? "
      "ORDER BY resolved_at LIMIT ?)",
      events_before, most);
  more |= removed_all();
  db.run("DELETE FROM answers WHERE rowid IN (SELECT rowid FROM answers WHERE at < ? ORDER BY at LIMIT ?)",
         answers_before, most);
  more |= removed_all();
  // Parked receipts lie in the order of their coming, so looking at the first ones is enough.
  db.run("DELETE FROM parked WHERE rowid IN (SELECT rowid FROM parked ORDER BY rowid LIMIT ?2) AND at < ?1",
         answers_before, most);
  return more | removed_all();
}

// From the start of the log up to the first that is young enough, so that what is kept has no gaps.
bool SqliteBackend::expire_events(Time before, std::size_t most) {
  std::int64_t last = 0;
  std::size_t old = 0;
  {
    Query q = session_->db.query("SELECT cursor, at FROM events ORDER BY cursor LIMIT ?", most);
    while (q.step()) {
      const std::int64_t cursor = q.integer();
      if (q.time() >= before) break;
      last = cursor;
      ++old;
    }
  }
  if (old == 0) return false;
  session_->db.run("DELETE FROM events WHERE cursor <= ?", last);
  session_->db.run("UPDATE log_start SET removed_to = ?", last);
  session_->db.run("DELETE FROM webhook_events WHERE state = 1 AND cursor <= ?", last);
  return old == most;
}

}  // namespace jackfield::store
