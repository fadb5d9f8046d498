// SqliteBackend and SqliteReader: figures.
#include <algorithm>
#include <map>

#include "store/sqlite_backend.hpp"
#include "store/sqlite_reader.hpp"

namespace jackfield::store {
namespace {

Figures read_figures(Query& q) {
  auto figures = figures_from_text(q.text());
  if (!figures) throw Failure(figures.error());
  return *figures;
}

bool may_see(const FiguresQuery& query, const std::string& queue) {
  return query.queues.empty() || std::find(query.queues.begin(), query.queues.end(), queue) != query.queues.end();
}

}  // namespace

std::optional<FiguresRow> SqliteBackend::load_figures(const FiguresKey& key) {
  Query q = session_->db.query("SELECT numbers FROM figures WHERE day = ? AND queue = ? AND channel = ? AND agent = ?",
                               key.day, key.queue, session_->names.intern(key.channel), key.agent);
  if (!q.step()) return std::nullopt;
  return FiguresRow{key, read_figures(q)};
}

void SqliteBackend::write(const FiguresRow& row, Change change) {
  if (change == Change::none || change == Change::remove) return;
  const std::string numbers = figures_to_text(row.figures);
  session_->db.run("INSERT OR REPLACE INTO figures (day, queue, channel, agent, numbers) VALUES (?, ?, ?, ?, ?)",
                   row.key.day, row.key.queue, session_->names.intern(row.key.channel), row.key.agent, numbers);
}

bool SqliteBackend::expire_figures(DayNumber before) {
  session_->db.run("DELETE FROM figures WHERE day = (SELECT min(day) FROM figures WHERE day > ?2) AND day < ?1", before,
                   kAllDays);
  return session_->db.changes() > 0;
}

Result<std::vector<FiguresRow>> SqliteReader::figures(const FiguresQuery& query, std::size_t most) {
  const auto body = [&] {
    std::map<FiguresKey, Figures> sums;
    Query q = db_.query(
        "SELECT day, queue, channel, agent, numbers FROM figures WHERE day BETWEEN ?1 AND ?2 AND (?3 IS NULL OR queue "
        "= ?3) AND (?4 IS NULL OR agent = ?4) ORDER BY day, queue, channel, agent",
        query.from, query.to, query.queue, query.agent);
    while (q.step()) {
      FiguresKey key{.day = static_cast<DayNumber>(q.integer()), .queue = q.string()};
      key.channel = names_.name(q.integer());
      key.agent = q.string();
      if (!may_see(query, key.queue) || (query.channel && key.channel != *query.channel)) continue;
      if (!query.by_day) key.day = kAllDays;
      if (!query.by_channel) key.channel.clear();
      if (!query.by_queue) key.queue.clear();
      if (!query.by_agent) key.agent.clear();
      sums[std::move(key)].add(read_figures(q));
      if (sums.size() > most)
        throw Failure(fail(Errc::too_large, "more than " + std::to_string(most) + " rows: ask for less"));
    }
    std::vector<FiguresRow> out;
    out.reserve(sums.size());
    for (auto& [key, figures] : sums) out.push_back({key, figures});
    return out;
  };
  return read<std::vector<FiguresRow>>(body);
}

}  // namespace jackfield::store
