// Callbacks in SQLite: rows, what is asked of them within a transaction, and their lists.
#include <algorithm>

#include "store/sqlite_backend.hpp"
#include "store/sqlite_reader.hpp"

namespace jackfield::store {
namespace {

#define JACKFIELD_CALLBACK_COLUMNS "id, conversation, queue, number, state, slot_from, slot_until, created_at, detail"

constexpr std::size_t kMostRows = 500;
constexpr std::string_view kOpen = "state IN (1, 2)";  // scheduled or due; the index callbacks_slot says the same

// 1, 2 the place in the list, 3 state, 4 queue, 5 conversation, 6 contact, 7 from, 8 until, 9 queues as a JSON array.
#define JACKFIELD_CALLBACK_FILTER                                                                               \
  " AND (slot_from, id) > (?1, ?2) AND slot_from >= ?7 AND (?8 = 0 OR slot_from < ?8)"                          \
  " AND (?4 IS NULL OR queue = ?4) AND (?5 = 0 OR conversation = ?5)"                                           \
  " AND (?6 = 0 OR conversation IN (SELECT id FROM conversations WHERE contact = ?6))"                          \
  " AND (?9 IS NULL OR queue IN (SELECT value FROM json_each(?9)) OR EXISTS (SELECT 1 FROM conversations AS c " \
  "WHERE c.id = callbacks.conversation AND c.queue IN (SELECT value FROM json_each(?9))))"                      \
  " ORDER BY slot_from, id LIMIT ?10"

// The planner knows an index only from the text, so each way has its own.
constexpr char kAll[] = "SELECT " JACKFIELD_CALLBACK_COLUMNS
                        " FROM callbacks INDEXED BY callbacks_time WHERE ?3 IS NULL" JACKFIELD_CALLBACK_FILTER;
constexpr char kOfState[] = "SELECT " JACKFIELD_CALLBACK_COLUMNS
                            " FROM callbacks INDEXED BY callbacks_state WHERE state = ?3" JACKFIELD_CALLBACK_FILTER;

Callback read_callback(Query& q) {
  Callback c;
  c.id = q.id();
  c.conversation = q.id();
  c.queue = q.string();
  c.number = q.string();
  c.state = q.enumerator<CallbackState>();
  c.slot.from = q.time();
  c.slot.until = q.time();
  c.created_at = q.time();
  read_callback_detail(q.text(), c);
  return c;
}

std::optional<Callback> load(Connection& db, Id id) {
  Query q = db.query("SELECT " JACKFIELD_CALLBACK_COLUMNS " FROM callbacks WHERE id = ?", id);
  if (!q.step()) return std::nullopt;
  return read_callback(q);
}

std::vector<Time> times(Connection& db, std::string_view queue, Time from, Time until) {
  static const std::string sql =
      "SELECT slot_from FROM callbacks INDEXED BY callbacks_slot WHERE queue = ? AND "
      "slot_from >= ? AND slot_from < ? AND " +
      std::string(kOpen) + " ORDER BY slot_from";
  Query q = db.query(sql.c_str(), queue, from, until);
  std::vector<Time> out;
  while (q.step()) out.push_back(q.time());
  return out;
}

std::string cursor_of(const Callback& c) { return to_string(Id{to_ms(c.slot.from)}) + to_string(c.id); }

std::pair<Time, Id> place_in(const PageArgs& page) {
  if (page.cursor.empty()) return {Time{}, Id{}};
  const auto at = parse_id(page.cursor.substr(0, page.cursor.size() / 2));
  const auto id = parse_id(page.cursor.substr(page.cursor.size() / 2));
  if (!at || !id) throw Failure(fail(Errc::invalid, "cursor: not one of this list"));
  return {time_from_ms(at->value), *id};
}

}  // namespace

// --- within a transaction

std::optional<Callback> SqliteBackend::load_callback(Id id) { return load(session_->db, id); }

std::vector<Id> SqliteBackend::callbacks_in(Id conversation) {
  Query q = session_->db.query("SELECT id FROM callbacks WHERE conversation = ? ORDER BY id", conversation);
  std::vector<Id> out;
  while (q.step()) out.push_back(q.id());
  return out;
}

std::vector<Time> SqliteBackend::callback_times(std::string_view queue, Time from, Time until) {
  return times(session_->db, queue, from, until);
}

void SqliteBackend::write(const Callback& row, Change change) {
  if (change == Change::remove) return remove_row("DELETE FROM callbacks WHERE id = ?", row.id);
  if (change == Change::none) return;
  session_->db.run("INSERT OR REPLACE INTO callbacks (" JACKFIELD_CALLBACK_COLUMNS
                   ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                   row.id, row.conversation, row.queue, row.number, row.state, row.slot.from, row.slot.until,
                   row.created_at, callback_detail_to_json(row));
}

// --- reading

CallbackView SqliteReader::view_of(Callback callback) {
  CallbackView view;
  if (const auto conversation = load_conversation(db_, callback.conversation)) {
    view.conversation_queue = conversation->queue;
    if (conversation->contact) view.contact = load_contact(db_, conversation->contact);
  }
  view.callback = std::move(callback);
  return view;
}

std::optional<Callback> SqliteReader::callback_row(Id id) { return load(db_, id); }

Result<std::optional<CallbackView>> SqliteReader::callback(Id id) {
  return read<std::optional<CallbackView>>([&]() -> std::optional<CallbackView> {
    auto found = callback_row(id);
    if (!found) return std::nullopt;
    return view_of(std::move(*found));
  });
}

Result<Page<CallbackView>> SqliteReader::callbacks(const CallbackFilter& filter, const PageArgs& page) {
  return read<Page<CallbackView>>([&] {
    const auto [after_at, after] = place_in(page);
    const std::optional<std::string> queues =
        filter.queues.empty() ? std::nullopt : std::optional(strings_to_json(filter.queues));
    const std::size_t limit = std::clamp<std::size_t>(page.limit, 1, kMostRows);
    Query q = db_.query(filter.state ? kOfState : kAll, after_at, after, filter.state, filter.queue,
                        filter.conversation, filter.contact, filter.from, filter.until, queues, limit + 1);
    std::vector<Callback> rows;
    while (q.step()) rows.push_back(read_callback(q));
    Page<CallbackView> out;
    if (rows.size() > limit) {
      rows.resize(limit);
      out.next = cursor_of(rows.back());
    }
    for (auto& row : rows) out.items.push_back(view_of(std::move(row)));
    return out;
  });
}

Result<std::vector<Time>> SqliteReader::callback_times(const std::string& queue, Time from, Time until) {
  return read<std::vector<Time>>([&] { return times(db_, queue, from, until); });
}

}  // namespace jackfield::store
