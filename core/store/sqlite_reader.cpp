#include "store/sqlite_reader.hpp"

#include <algorithm>

#include "store/sqlite_schema.hpp"

namespace jackfield::store {
namespace {

constexpr int kReaderBusyMs = 2000;

}  // namespace

SqliteReader::SqliteReader(const std::string& path, const std::string& vfs)
    : db_(path, vfs, kReaderBusyMs), names_(db_) {
  prepare_connection(db_, false);
}

// --- single rows

ConversationView SqliteReader::view_of(Conversation conversation) {
  ConversationView view;
  if (conversation.contact) view.contact = load_contact(db_, conversation.contact);
  view.conversation = std::move(conversation);
  return view;
}

Result<std::optional<ConversationView>> SqliteReader::conversation(Id id) {
  return read<std::optional<ConversationView>>([&]() -> std::optional<ConversationView> {
    auto found = load_conversation(db_, id);
    if (!found) return std::nullopt;
    return view_of(std::move(*found));
  });
}

Result<std::string> SqliteReader::decision(Id conversation) {
  return read<std::string>([&] { return load_decision(db_, conversation); });
}

Result<std::optional<MessageRow>> SqliteReader::message(Id id) {
  return read<std::optional<MessageRow>>([&]() -> std::optional<MessageRow> {
    auto row = load_message_row(db_, names_, id);
    if (!row) return std::nullopt;
    return shown(std::move(*row));
  });
}

MessageRow SqliteReader::shown(MessageRow row) {
  row.head.contact = living(row.head.contact);
  return row;
}

Result<std::optional<Contact>> SqliteReader::contact(Id id) {
  return read<std::optional<Contact>>([&] { return load_contact(db_, id); });
}

Result<std::optional<DeadLetter>> SqliteReader::dead_letter(Id id) {
  return read<std::optional<DeadLetter>>([&] { return load_dead_letter(db_, id); });
}

Result<std::optional<Media>> SqliteReader::media(Id id) {
  return read<std::optional<Media>>([&] { return load_media(db_, id); });
}

Result<std::optional<IdempotentAnswer>> SqliteReader::idempotent_answer(const std::string& owner,
                                                                        const std::string& key) {
  return read<std::optional<IdempotentAnswer>>([&] { return load_answer(db_, owner, key); });
}

Result<std::vector<std::string>> SqliteReader::provider_ids(Id conversation, const std::string& channel,
                                                            std::size_t most) {
  return read<std::vector<std::string>>([&] {
    Query q = db_.query(
        "SELECT id, track FROM messages INDEXED BY messages_conversation WHERE conversation = ? AND +channel = ? ORDER "
        "BY id DESC LIMIT ?",
        conversation, names_.find(channel), most);
    std::vector<std::string> newest_first;
    while (q.step() && newest_first.size() < most) {
      const Id id = q.id();
      const Track track = stored(track_from_json(q.text()), "message", id);
      newest_first.insert(newest_first.end(), track.provider_ids.rbegin(), track.provider_ids.rend());
    }
    if (newest_first.size() > most) newest_first.resize(most);
    std::reverse(newest_first.begin(), newest_first.end());
    return newest_first;
  });
}

// --- the log

EventView SqliteReader::view_of(Event event) {
  EventView view;
  const std::string_view name = name_of(event.type);
  if (event.message && name.starts_with("message.")) view.message = load_message_row(db_, names_, event.message);
  if (view.message) view.message = shown(std::move(*view.message));
  if (event.contact && name.starts_with("contact.")) view.contact = load_contact(db_, event.contact);
  if (event.conversation && name.starts_with("conversation."))
    if (auto found = load_conversation(db_, event.conversation)) view.conversation = view_of(std::move(*found));
  if (event.message && name.starts_with("callback."))
    if (auto found = callback_row(event.message)) view.callback = view_of(std::move(*found));
  view.event = std::move(event);
  return view;
}

Result<std::vector<EventView>> SqliteReader::events(std::int64_t after, const std::vector<EventType>& types,
                                                    std::size_t limit) {
  std::int64_t wanted = types.empty() ? -1 : 0;
  for (const EventType type : types) wanted |= std::int64_t{1} << static_cast<int>(type);
  return read<std::vector<EventView>>([&] {
    if (after > 0 && after < db_.number("SELECT removed_to FROM log_start"))
      throw Failure(fail(Errc::not_found, "the log does not reach back to that cursor any more"));
    Query q = db_.query("SELECT " JACKFIELD_EVENT_COLUMNS
                        " FROM events WHERE cursor > ? AND (? >> type & 1) ORDER BY cursor LIMIT ?",
                        after, wanted, limit);
    std::vector<EventView> out;
    while (q.step()) out.push_back(view_of(read_event_row(q, names_)));
    return out;
  });
}

Result<std::int64_t> SqliteReader::last_cursor() {
  return read<std::int64_t>([&] {
    return std::max(db_.number("SELECT max(cursor) FROM events"), db_.number("SELECT removed_to FROM log_start"));
  });
}

// --- figures

Result<std::vector<QueueFigures>> SqliteReader::queues() {
  return read<std::vector<QueueFigures>>([&] {
    // Who was closed before waits since they wrote again.
    Query q = db_.query(
        "SELECT queue, sum(assignee = ''), count(*), coalesce(min(CASE WHEN assignee <> '' THEN NULL "
        "WHEN closed_at = 0 THEN created_at ELSE last_inbound_at END), 0) "
        "FROM conversations WHERE state = ? GROUP BY queue ORDER BY queue",
        ConversationState::open);
    std::vector<QueueFigures> out;
    while (q.step()) {
      QueueFigures& figures = out.emplace_back();
      figures.queue = q.string();
      figures.waiting = q.integer();
      figures.open = q.integer();
      figures.oldest = q.time();
    }
    Query h = db_.query("SELECT queue, taken, wait, interval, last_at FROM queue_history");
    while (h.step()) {
      QueueHistory history = read_queue_history(h);
      const auto at = std::find_if(out.begin(), out.end(), [&](const auto& f) { return f.queue == history.queue; });
      QueueFigures& figures = at == out.end() ? out.emplace_back() : *at;
      figures.queue = history.queue;
      figures.history = std::move(history);
    }
    return out;
  });
}

Result<std::optional<Agent>> SqliteReader::agent(const std::string& name) {
  return read<std::optional<Agent>>([&] { return load_agent(db_, name); });
}

Result<ChannelFigures> SqliteReader::channel(const std::string& channel) {
  return read<ChannelFigures>([&] {
    ChannelFigures figures;
    const std::int64_t number = names_.find(channel);
    std::int64_t written = 0;
    if (Query q = db_.query("SELECT received, written FROM counters WHERE channel = ?", number); q.step()) {
      figures.received = q.integer();
      written = q.integer();
    }
    if (Query q = db_.query("SELECT count(*), coalesce(sum(state = ?), 0) FROM outbox WHERE channel = ?",
                            OutboxState::held, number);
        q.step()) {
      figures.outbox = q.integer();
      figures.held = q.integer();
    }
    if (Query q = db_.query("SELECT count(*) FROM messages INDEXED BY messages_trouble WHERE channel = ? AND status IN "
                            "(2, 4) AND status = ?",
                            number, Status::failed);
        q.step())
      figures.failed = q.integer();
    figures.sent = std::max<std::int64_t>(0, written - figures.outbox - figures.failed);
    const auto dead = [&](DeadLetterKind kind) {
      Query q = db_.query("SELECT count(*) FROM dead_letters WHERE resolved_at = 0 AND kind = ? AND channel = ?", kind,
                          channel);
      return q.step() ? q.integer() : 0;
    };
    figures.dead_inbound = dead(DeadLetterKind::inbound);
    figures.dead_outbound = dead(DeadLetterKind::outbound);
    return figures;
  });
}

}  // namespace jackfield::store
