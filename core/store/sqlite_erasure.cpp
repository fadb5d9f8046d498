// SqliteBackend: finding and removing what is held about a person.
#include "store/sqlite_backend.hpp"

namespace jackfield::store {
namespace {

std::vector<Id> ids_of(Query q) {
  std::vector<Id> out;
  while (q.step()) out.push_back(q.id());
  return out;
}

}  // namespace

std::vector<Id> SqliteBackend::messages_of(Id conversation) {
  return ids_of(session_->db.query("SELECT id FROM messages WHERE conversation = ? ORDER BY id", conversation));
}

std::vector<Id> SqliteBackend::messages_from(Id contact) {
  return ids_of(session_->db.query("SELECT id FROM messages WHERE contact = ? ORDER BY id", contact));
}

std::vector<Id> SqliteBackend::merged_into(Id contact) {
  return ids_of(session_->db.query(
      "SELECT id FROM contacts INDEXED BY contacts_merged WHERE merged_into = ? AND merged_into <> 0 ORDER BY id",
      contact));
}

bool SqliteBackend::file_used(std::string_view sha256) {
  Query q = session_->db.query("SELECT 1 FROM media WHERE sha256 = ? LIMIT 1", sha256);
  return q.step();
}

bool SqliteBackend::file_mentioned(std::string_view sha256) {
  Query q = session_->db.query(
      "SELECT EXISTS(SELECT 1 FROM media WHERE sha256 = ?1)"
      " OR EXISTS(SELECT 1 FROM dead_letters WHERE instr(raw, ?1) > 0)"
      " OR EXISTS(SELECT 1 FROM timers WHERE instr(payload, ?1) > 0)"
      " OR EXISTS(SELECT 1 FROM kv WHERE instr(value, ?1) > 0)",
      sha256);
  return q.step() && q.integer() != 0;
}

std::vector<Id> SqliteBackend::dead_letters_with(std::string_view text) {
  return ids_of(session_->db.query(
      "SELECT id FROM dead_letters WHERE kind = 0 AND (instr(raw, ?1) > 0 OR instr(reason, ?1) > 0) ORDER BY id",
      text));
}

std::vector<Timer> SqliteBackend::timers_with(TimerKind kind, std::string_view text) {
  Query q = session_->db.query(
      "SELECT " JACKFIELD_TIMER_COLUMNS " FROM timers WHERE kind = ? AND instr(payload, ?) > 0", kind, text);
  std::vector<Timer> out;
  while (q.step()) out.push_back(read_timer(q));
  return out;
}

// Rare, and what it walks has no index for it: the log and the answers are read once for each contact.
void SqliteBackend::forget(const std::vector<Id>& contacts) {
  static constexpr char kGone[] =
      R"({"type":"about:blank","title":"Gone","status":410,"detail":"what this made has been erased","code":"gone"})";
  Connection& db = session_->db;
  for (const Id contact : contacts) {
    db.run("DELETE FROM merges WHERE into_contact = ?1 OR from_contact = ?1", contact);
    db.run("UPDATE events SET data = '' WHERE contact = ? AND data <> ''", contact);
    db.run("UPDATE answers SET status = 410, body = ?2 WHERE instr(body, ?1) > 0", to_string(contact), kGone);
  }
  forgot_ = true;
}

}  // namespace jackfield::store
