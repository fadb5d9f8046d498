#include "store/sqlite_rows.hpp"

namespace jackfield::store {

// --- names of channels

std::string ChannelNames::name(std::int64_t number) {
  if (number == 0) return {};
  if (const auto at = names_.find(number); at != names_.end()) return at->second;
  Query q = db_.query("SELECT name FROM channels WHERE id = ?", number);
  if (!q.step()) return {};
  return names_[number] = q.string();
}

std::int64_t ChannelNames::find(std::string_view name) {
  if (name.empty()) return 0;
  std::string key(name);
  if (const auto at = numbers_.find(key); at != numbers_.end()) return at->second;
  Query q = db_.query("SELECT id FROM channels WHERE name = ?", name);
  if (!q.step()) return -1;
  return numbers_[std::move(key)] = q.integer();
}

std::int64_t ChannelNames::intern(std::string_view name) {
  if (const std::int64_t number = find(name); number >= 0) return number;
  db_.run("INSERT INTO channels (name) VALUES (?)", name);
  return find(name);
}

void ChannelNames::forget() {
  names_.clear();
  numbers_.clear();
}

// --- rows

Contact read_contact(Query& q) {
  Contact c;
  c.id = q.id();
  c.name = q.string();
  c.language = q.string();
  c.attributes = attributes_from_json(q.text());
  c.tags = strings_from_json(q.text());
  c.merged_into = q.id();
  c.created_at = q.time();
  return c;
}

namespace {

Work read_work(Query& q) {
  Work w;
  w.waiting_since = q.time();
  w.order = q.integer();
  w.queued_at = q.time();
  w.offered_to = q.string();
  w.offer_until = q.time();
  w.held_by = q.string();
  w.assigned_at = q.time();
  w.last_agent = q.string();
  if (const auto passed_by = q.text(); !passed_by.empty()) w.passed_by = strings_from_json(passed_by);
  w.capacity_class = q.enumerator<CapacityClass>();
  w.clock_start = q.time();
  w.first_response_due = q.time();
  w.first_response_at = q.time();
  w.resolution_due = q.time();
  w.answered_by_rule = q.integer() != 0;
  w.opened_at = q.time();
  w.opened_on = q.string();
  w.answered = q.integer() != 0;
  return w;
}

PerClass read_counts(Query& q) {
  PerClass out;
  for (int& count : out) count = static_cast<int>(q.integer());
  return out;
}

}  // namespace

Conversation read_conversation(Query& q) {
  Conversation c;
  c.id = q.id();
  c.contact = q.id();
  c.state = q.enumerator<ConversationState>();
  c.priority = q.enumerator<Priority>();
  c.created_at = q.time();
  c.last_activity_at = q.time();
  c.last_inbound_at = q.time();
  c.last_outbound_at = q.time();
  c.closed_at = q.time();
  c.snoozed_until = q.time();
  c.scope = q.string();
  c.queue = q.string();
  c.assignee = q.string();
  c.tags = strings_from_json(q.text());
  c.language = q.string();
  c.subject = q.string();
  c.channels = stored(channel_uses_from_json(q.text()), "conversation", c.id);
  c.work = read_work(q);
  const Time asked_at = q.time();
  c.satisfaction = satisfaction_from_json(q.text());
  c.satisfaction.asked_at = asked_at;
  return c;
}

MessageRow read_message_row(Query& q, ChannelNames& names) {
  MessageRow row;
  Message& m = row.head;
  m.id = q.id();
  m.conversation = q.id();
  m.contact = q.id();
  m.channel = names.name(q.integer());
  m.direction = q.enumerator<Direction>();
  m.visibility = q.enumerator<Visibility>();
  m.status = q.enumerator<Status>();
  const bool unsent = q.null();
  const Time sent_at = q.time();
  if (!unsent) m.sent_at = sent_at;
  m.received_at = q.time();
  row.content = q.string();
  row.track = q.string();
  return row;
}

OutboxEntry read_outbox(Query& q, ChannelNames& names) {
  OutboxEntry e;
  e.message = q.id();
  e.channel = names.name(q.integer());
  e.conversation = q.id();
  e.state = q.enumerator<OutboxState>();
  e.attempts = static_cast<int>(q.integer());
  e.next_at = q.time();
  e.deadline = q.time();
  e.recipient = q.string();
  return e;
}

Timer read_timer(Query& q) {
  Timer t;
  t.kind = q.enumerator<TimerKind>();
  t.channel = q.string();
  t.key = q.string();
  t.id = q.id();
  t.due_at = q.time();
  t.message = q.id();
  t.attempts = static_cast<int>(q.integer());
  t.payload = q.string();
  return t;
}

DeadLetter read_dead_letter(Query& q) {
  DeadLetter d;
  d.id = q.id();
  d.kind = q.enumerator<DeadLetterKind>();
  d.channel = q.string();
  d.reason = q.string();
  d.undecodable = q.integer() != 0;
  d.message = q.id();
  d.at = q.time();
  d.resolved_at = q.time();
  d.raw = q.string();
  return d;
}

Webhook read_webhook(Query& q) {
  Webhook w;
  w.id = q.id();
  w.name = q.string();
  w.url = q.string();
  w.secret = q.string();
  for (const auto& name : strings_from_json(q.text())) {
    if (EventType type{}; parse(name, type)) w.types.push_back(type);
  }
  w.fixed = q.integer() != 0;
  w.enabled = q.integer() != 0;
  w.reason = q.string();
  w.cursor = q.integer();
  w.created_at = q.time();
  return w;
}

WebhookEvent read_webhook_event(Query& q) {
  WebhookEvent e;
  e.webhook = q.id();
  e.cursor = q.integer();
  e.lane = q.id();
  e.state = q.enumerator<WebhookEventState>();
  e.attempts = static_cast<int>(q.integer());
  e.first_at = q.time();
  e.next_at = q.time();
  e.error = q.string();
  return e;
}

ApiToken read_api_token(Query& q) {
  ApiToken t;
  t.id = q.id();
  t.name = q.string();
  t.role = q.string();
  t.agent = q.string();
  t.queues = strings_from_json(q.text());
  t.hash = q.string();
  t.created_at = q.time();
  t.expires_at = q.time();
  t.last_used_at = q.time();
  return t;
}

Merge read_merge(Query& q) {
  Merge m;
  m.id = q.id();
  m.into = q.id();
  m.from = q.id();
  m.evidence = q.string();
  m.moved = q.string();
  m.at = q.time();
  m.undone_at = q.time();
  return m;
}

Media read_media(Query& q) {
  Media m;
  m.id = q.id();
  m.sha256 = q.string();
  m.media_type = q.string();
  m.name = q.string();
  m.size = q.integer();
  m.created_at = q.time();
  m.message = q.id();
  m.owner = q.string();
  return m;
}

Agent read_agent(Query& q) {
  Agent a;
  a.name = q.string();
  a.display = q.string();
  a.skills = strings_from_json(q.text());
  a.capacity = read_counts(q);
  a.fixed = q.integer() != 0;
  a.enabled = q.integer() != 0;
  a.presence = q.enumerator<Presence>();
  a.presence_since = q.time();
  a.presence_until = q.time();
  a.idle_since = q.time();
  a.load = read_counts(q);
  a.serves = strings_from_json(q.text());
  return a;
}

QueueHistory read_queue_history(Query& q) {
  QueueHistory h;
  h.queue = q.string();
  h.taken = q.integer();
  h.wait = Millis{q.integer()};
  h.interval = Millis{q.integer()};
  h.last_at = q.time();
  return h;
}

Event read_event_row(Query& q, ChannelNames& names) {
  Event e;
  e.cursor = q.integer();
  e.type = q.enumerator<EventType>();
  e.at = q.time();
  e.source = names.name(q.integer());
  e.conversation = q.id();
  e.message = q.id();
  e.contact = q.id();
  e.data = q.string();
  return e;
}

// --- by their keys

std::optional<Contact> load_contact(Connection& db, Id id) {
  Query q = db.query("SELECT " JACKFIELD_CONTACT_COLUMNS " FROM contacts WHERE id = ?", id);
  if (!q.step()) return std::nullopt;
  Contact contact = read_contact(q);
  Query a = db.query("SELECT uri, scope, evidence, name, opt_outs FROM addresses WHERE contact = ? ORDER BY seq", id);
  while (a.step()) {
    Address& address = contact.addresses.emplace_back();
    address.uri = a.string();
    address.scope = a.string();
    address.evidence = a.enumerator<Evidence>();
    address.name = a.string();
    address.opt_outs = opt_outs_from_json(a.text());
  }
  return contact;
}

std::optional<Conversation> load_conversation(Connection& db, Id id) {
  Query q = db.query("SELECT " JACKFIELD_CONVERSATION_COLUMNS " FROM conversations WHERE id = ?", id);
  if (!q.step()) return std::nullopt;
  return read_conversation(q);
}

std::optional<MessageRow> load_message_row(Connection& db, ChannelNames& names, Id id) {
  Query q = db.query("SELECT " JACKFIELD_MESSAGE_COLUMNS " FROM messages WHERE id = ?", id);
  if (!q.step()) return std::nullopt;
  return read_message_row(q, names);
}

std::optional<DeadLetter> load_dead_letter(Connection& db, Id id) {
  Query q = db.query("SELECT " JACKFIELD_DEAD_LETTER_COLUMNS " FROM dead_letters WHERE id = ?", id);
  if (!q.step()) return std::nullopt;
  return read_dead_letter(q);
}

std::optional<Media> load_media(Connection& db, Id id) {
  Query q = db.query("SELECT " JACKFIELD_MEDIA_COLUMNS " FROM media WHERE id = ?", id);
  if (!q.step()) return std::nullopt;
  return read_media(q);
}

std::optional<Agent> load_agent(Connection& db, std::string_view name) {
  Query q = db.query("SELECT " JACKFIELD_AGENT_COLUMNS " FROM agents WHERE name = ?", name);
  if (!q.step()) return std::nullopt;
  Agent agent = read_agent(q);
  Query f =
      db.query("SELECT queue, capacity_class FROM free_agents WHERE agent = ? ORDER BY queue, capacity_class", name);
  while (f.step()) {
    std::string queue = f.string();
    agent.free.push_back({std::move(queue), f.enumerator<CapacityClass>()});
  }
  return agent;
}

std::string load_decision(Connection& db, Id conversation) {
  Query q = db.query("SELECT json FROM decisions WHERE conversation = ?", conversation);
  return q.step() ? q.string() : std::string();
}

std::optional<IdempotentAnswer> load_answer(Connection& db, std::string_view owner, std::string_view key) {
  Query q = db.query("SELECT fingerprint, status, body, at FROM answers WHERE owner = ? AND key = ?", owner, key);
  if (!q.step()) return std::nullopt;
  IdempotentAnswer answer;
  answer.owner = owner;
  answer.key = key;
  answer.fingerprint = q.string();
  answer.status = static_cast<int>(q.integer());
  answer.body = q.string();
  answer.at = q.time();
  return answer;
}

}  // namespace jackfield::store
