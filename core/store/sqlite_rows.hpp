// Reading rows, for the backend and the readers alike. The column lists and the functions that read them belong
// together.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/json.hpp"
#include "store/sqlite_connection.hpp"

namespace jackfield::store {

// Names of channels as numbers, cached; one connection's. Numbers never change their meaning.
class ChannelNames {
 public:
  explicit ChannelNames(Connection& db) : db_(db) {}
  std::string name(std::int64_t number);       // empty for 0
  std::int64_t find(std::string_view name);    // 0 for "", -1: there is none
  std::int64_t intern(std::string_view name);  // the writer's: makes it where there is none
  void forget();                               // after a rollback

 private:
  Connection& db_;
  std::unordered_map<std::int64_t, std::string> names_;
  std::unordered_map<std::string, std::int64_t> numbers_;
};

#define JACKFIELD_CONTACT_COLUMNS "id, name, language, attributes, tags, merged_into, created_at"
#define JACKFIELD_WORK_COLUMNS                                                                                     \
  "waiting_since, wait_order, queued_at, offered_to, offer_until, held_by, assigned_at, last_agent, passed_by, " \
  "capacity_class, clock_start, first_response_due, first_response_at, resolution_due, answered_by_rule, "\
  "opened_at, opened_on, answered"
#define JACKFIELD_AGENT_COLUMNS                                                                                      \
  "name, display, skills, capacity_message, capacity_chat, capacity_voice, fixed, enabled, presence, presence_since, " \
  "presence_until, idle_since, load_message, load_chat, load_voice, serves"
#define JACKFIELD_CONVERSATION_COLUMNS                                                                         \
  "id, contact, state, priority, created_at, last_activity_at, last_inbound_at, last_outbound_at, closed_at, " \
  "snoozed_until, scope, queue, assignee, tags, language, subject, channels, " JACKFIELD_WORK_COLUMNS \
  ", asked_at, satisfaction"
#define JACKFIELD_MESSAGE_COLUMNS \
  "id, conversation, contact, channel, direction, visibility, status, sent_at, received_at, content, track"
#define JACKFIELD_MERGE_COLUMNS "id, into_contact, from_contact, evidence, moved, at, undone_at"
#define JACKFIELD_OUTBOX_COLUMNS "message, channel, conversation, state, attempts, next_at, deadline, recipient"
#define JACKFIELD_TIMER_COLUMNS "kind, channel, key, id, due_at, message, attempts, payload"
#define JACKFIELD_DEAD_LETTER_COLUMNS "id, kind, channel, reason, undecodable, message, at, resolved_at, raw"
#define JACKFIELD_MEDIA_COLUMNS "id, sha256, media_type, name, size, created_at, message, owner"
#define JACKFIELD_EVENT_COLUMNS "cursor, type, at, source, conversation, message, contact, data"
#define JACKFIELD_WEBHOOK_COLUMNS "id, name, url, secret, types, fixed, enabled, reason, cursor, created_at"
#define JACKFIELD_API_TOKEN_COLUMNS "id, name, role, agent, queues, hash, created_at, expires_at, last_used_at"
#define JACKFIELD_WEBHOOK_EVENT_COLUMNS "webhook, cursor, lane, state, attempts, first_at, next_at, error"

// Conversations are listed by steps of about 16 s, and sorted within: see the index conversations_activity.
inline std::int64_t activity_slot(Time t) { return to_ms(t) >> 14; }

Contact read_contact(Query& q);  // without its addresses
Conversation read_conversation(Query& q);
MessageRow read_message_row(Query& q, ChannelNames& names);
OutboxEntry read_outbox(Query& q, ChannelNames& names);
Timer read_timer(Query& q);
DeadLetter read_dead_letter(Query& q);
Media read_media(Query& q);
Merge read_merge(Query& q);
Webhook read_webhook(Query& q);
WebhookEvent read_webhook_event(Query& q);
ApiToken read_api_token(Query& q);
Agent read_agent(Query& q);  // without what it is free for
QueueHistory read_queue_history(Query& q);  // queue, taken, wait, interval, last_at
Event read_event_row(Query& q, ChannelNames& names);

std::optional<Contact> load_contact(Connection& db, Id id);  // with its addresses
std::optional<Conversation> load_conversation(Connection& db, Id id);
std::optional<MessageRow> load_message_row(Connection& db, ChannelNames& names, Id id);
std::optional<DeadLetter> load_dead_letter(Connection& db, Id id);
std::optional<Media> load_media(Connection& db, Id id);
std::optional<Agent> load_agent(Connection& db, std::string_view name);  // with what it is free for
std::string load_decision(Connection& db, Id conversation);
std::optional<IdempotentAnswer> load_answer(Connection& db, std::string_view owner, std::string_view key);

// The value, or Errc::corrupt as a store::Failure that names the row.
template <class T>
T stored(Result<T> result, std::string_view row, Id id) {
  if (!result)
    throw Failure(fail(Errc::corrupt, std::string(row) + " " + to_string(id) + ": " + result.error().message));
  return std::move(*result);
}

}  // namespace jackfield::store
