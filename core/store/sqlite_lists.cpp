// SqliteReader: the lists. Cursors are ids as text; for conversations the time of the last activity and the id.
#include <algorithm>

#include "store/sqlite_reader.hpp"

namespace jackfield::store {
namespace {

constexpr std::size_t kMostRows = 500;
constexpr Id kLast{INT64_MAX};

std::size_t limit_of(const PageArgs& page) { return std::clamp<std::size_t>(page.limit, 1, kMostRows); }

[[noreturn]] void bad_cursor() { throw Failure(fail(Errc::invalid, "cursor: not one of this list")); }

Id id_in(const PageArgs& page, Id first) {
  if (page.cursor.empty()) return first;
  const auto id = parse_id(page.cursor);
  if (!id) bad_cursor();
  return *id;
}

// Takes the one row too many that tells there is a next page.
template <class T, class CursorOf>
Page<T> page_of(std::vector<T> rows, std::size_t limit, CursorOf cursor_of) {
  Page<T> page;
  if (rows.size() > limit) {
    rows.resize(limit);
    page.next = cursor_of(rows.back());
  }
  page.items = std::move(rows);
  return page;
}

std::string id_cursor(const MessageRow& row) { return to_string(row.head.id); }
std::string id_cursor(const Contact& row) { return to_string(row.id); }
std::string id_cursor(const DeadLetter& row) { return to_string(row.id); }
std::string id_cursor(const WebhookEvent& row) { return to_string(Id{row.cursor}); }

std::string activity_cursor(const Conversation& c) {
  return to_string(Id{to_ms(c.last_activity_at)}) + to_string(c.id);
}

// Part of a LIKE pattern that means itself.
std::string like_part(std::string_view text) {
  std::string out = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out + "%";
}

bool newer(const Conversation& a, const Conversation& b) {
  return std::pair(a.last_activity_at, a.id) > std::pair(b.last_activity_at, b.id);
}

std::vector<Conversation> rows_of(Query& q) {
  std::vector<Conversation> out;
  while (q.step()) out.push_back(read_conversation(q));
  return out;
}

}  // namespace

// --- conversations

// Beyond state and order: 4 queue, 5 assignee, 6 channel, 7 tag, 8 queues as a JSON array; NULL says nothing.
#define JACKFIELD_CONVERSATION_FILTER                                                              \
  " AND (?4 IS NULL OR queue = ?4) AND (?8 IS NULL OR queue IN (SELECT value FROM json_each(?8)))" \
  " AND (?5 IS NULL OR assignee = ?5)"                                                             \
  " AND (?6 IS NULL OR EXISTS (SELECT 1 FROM json_each(channels) WHERE value ->> 'channel' = ?6))" \
  " AND (?7 IS NULL OR EXISTS (SELECT 1 FROM json_each(conversations.tags) WHERE value = ?7))"     \
  " ORDER BY activity_slot DESC, last_activity_at DESC, id DESC LIMIT ?9"

std::vector<Conversation> SqliteReader::conversations_in(ConversationState state, const ConversationFilter& filter,
                                                         Time before_at, Id before, std::size_t most) {
  const std::optional<std::string> queues =
      filter.queues.empty() ? std::nullopt : std::optional(strings_to_json(filter.queues));
  Query q = db_.query("SELECT " JACKFIELD_CONVERSATION_COLUMNS
                      " FROM conversations INDEXED BY conversations_activity WHERE state = ?1 AND activity_slot <= ?10 "
                      "AND (last_activity_at, id) < (?2, ?3)" JACKFIELD_CONVERSATION_FILTER,
                      state, before_at, before, filter.queue, filter.assignee, filter.channel, filter.tag, queues, most,
                      activity_slot(before_at));
  return rows_of(q);
}

std::vector<Conversation> SqliteReader::conversations_with(const ConversationFilter& filter, Time before_at, Id before,
                                                           std::size_t most) {
  const std::optional<std::string> queues =
      filter.queues.empty() ? std::nullopt : std::optional(strings_to_json(filter.queues));
  Query q = db_.query("SELECT " JACKFIELD_CONVERSATION_COLUMNS
                      " FROM conversations INDEXED BY conversations_contact WHERE contact = ?1 AND "
                      "(?10 IS NULL OR state = ?10) AND "
                      "(last_activity_at, id) < (?2, ?3)" JACKFIELD_CONVERSATION_FILTER,
                      filter.contact, before_at, before, filter.queue, filter.assignee, filter.channel, filter.tag,
                      queues, most, filter.state);
  return rows_of(q);
}

Result<Page<ConversationView>> SqliteReader::conversations(const ConversationFilter& filter, const PageArgs& page) {
  return read<Page<ConversationView>>([&] {
    Time before_at = time_from_ms(INT64_MAX);
    Id before = kLast;
    if (!page.cursor.empty()) {
      const auto at = parse_id(page.cursor.substr(0, page.cursor.size() / 2));
      const auto id = parse_id(page.cursor.substr(page.cursor.size() / 2));
      if (!at || !id) bad_cursor();
      before_at = time_from_ms(at->value);
      before = *id;
    }
    const std::size_t limit = limit_of(page);
    std::vector<Conversation> rows;
    if (filter.contact) {
      rows = conversations_with(filter, before_at, before, limit + 1);
    } else {
      using S = ConversationState;
      for (const S state : {S::open, S::pending, S::snoozed, S::closed}) {
        if (filter.state.value_or(state) != state) continue;
        for (Conversation& row : conversations_in(state, filter, before_at, before, limit + 1))
          rows.push_back(std::move(row));
      }
      std::sort(rows.begin(), rows.end(), newer);
      if (rows.size() > limit + 1) rows.resize(limit + 1);
    }
    Page<Conversation> found = page_of(std::move(rows), limit, activity_cursor);
    Page<ConversationView> out;
    out.next = std::move(found.next);
    for (Conversation& row : found.items) out.items.push_back(view_of(std::move(row)));
    return out;
  });
}

// --- messages

Result<Page<MessageRow>> SqliteReader::messages_of(Id conversation, const PageArgs& page) {
  return read<Page<MessageRow>>([&] {
    Query q = db_.query(
        "SELECT " JACKFIELD_MESSAGE_COLUMNS
        " FROM messages INDEXED BY messages_conversation WHERE conversation = ? AND id > ? ORDER BY id LIMIT ?",
        conversation, id_in(page, Id{}), limit_of(page) + 1);
    std::vector<MessageRow> rows;
    while (q.step()) rows.push_back(shown(read_message_row(q, names_)));
    return page_of(std::move(rows), limit_of(page), [](const MessageRow& row) { return id_cursor(row); });
  });
}

Result<Page<MessageRow>> SqliteReader::messages(const MessageFilter& filter, const PageArgs& page) {
  // The planner knows an index only from the text, so each way has its own.
  static constexpr char kAll[] =
      "SELECT " JACKFIELD_MESSAGE_COLUMNS
      " FROM messages NOT INDEXED WHERE id < ?1 AND (?3 IS NULL OR direction = ?3) AND (?4 IS NULL OR status = ?4) "
      "AND (?2 IS NULL OR channel = ?2) ORDER BY id DESC LIMIT ?5";
  static constexpr char kOfChannel[] =
      "SELECT " JACKFIELD_MESSAGE_COLUMNS
      " FROM messages INDEXED BY messages_channel WHERE id < ?1 AND channel = ?2 "
      "AND (?3 IS NULL OR direction = ?3) AND (?4 IS NULL OR status = ?4) ORDER BY id DESC LIMIT ?5";
  static constexpr char kInTrouble[] =
      "SELECT " JACKFIELD_MESSAGE_COLUMNS
      " FROM messages INDEXED BY messages_trouble WHERE status IN (2, 4) AND status = ?4 AND id < ?1 "
      "AND (?2 IS NULL OR channel = ?2) AND (?3 IS NULL OR direction = ?3) ORDER BY id DESC LIMIT ?5";
  const bool trouble = filter.status == Status::unknown || filter.status == Status::failed;
  const char* sql = trouble ? kInTrouble : filter.channel ? kOfChannel : kAll;
  return read<Page<MessageRow>>([&] {
    std::optional<std::int64_t> channel;
    if (filter.channel) channel = names_.find(*filter.channel);
    Query q = db_.query(sql, id_in(page, kLast), channel, filter.direction, filter.status, limit_of(page) + 1);
    std::vector<MessageRow> rows;
    while (q.step()) rows.push_back(shown(read_message_row(q, names_)));
    return page_of(std::move(rows), limit_of(page), [](const MessageRow& row) { return id_cursor(row); });
  });
}

// --- contacts

Result<Page<Contact>> SqliteReader::contacts(const std::string& address, const std::string& q, const PageArgs& page) {
  static constexpr char kByAddress[] =
      "SELECT id FROM contacts WHERE merged_into = 0 AND id IN (SELECT contact FROM addresses WHERE uri = ?2) AND id < "
      "?1 "
      "AND (?3 = '%%' OR name LIKE ?3 ESCAPE '\\' OR EXISTS (SELECT 1 FROM addresses WHERE contact = contacts.id AND "
      "uri LIKE ?3 ESCAPE '\\')) ORDER BY id DESC LIMIT ?4";
  static constexpr char kByPart[] =
      "SELECT id FROM contacts WHERE merged_into = 0 AND ?2 = '' AND id < ?1 "
      "AND (?3 = '%%' OR name LIKE ?3 ESCAPE '\\' OR EXISTS (SELECT 1 FROM addresses WHERE contact = contacts.id AND "
      "uri LIKE ?3 ESCAPE '\\')) ORDER BY id DESC LIMIT ?4";
  return read<Page<Contact>>([&] {
    const std::string part = like_part(q);
    Query found =
        db_.query(address.empty() ? kByPart : kByAddress, id_in(page, kLast), address, part, limit_of(page) + 1);
    std::vector<Contact> rows;
    while (found.step())
      if (auto contact = load_contact(db_, found.id())) rows.push_back(std::move(*contact));
    return page_of(std::move(rows), limit_of(page), [](const Contact& row) { return id_cursor(row); });
  });
}

Id SqliteReader::living(Id contact) {
  for (Id id = contact; id;) {
    contact = id;
    Query q = db_.query("SELECT merged_into FROM contacts WHERE id = ?", contact);
    id = q.step() ? q.id() : Id{};
  }
  return contact;
}

Result<std::optional<Contact>> SqliteReader::living_contact(Id id) {
  return read<std::optional<Contact>>([&] { return load_contact(db_, living(id)); });
}

Result<std::vector<Contact>> SqliteReader::merged_into(Id contact) {
  return read<std::vector<Contact>>([&] {
    Query q = db_.query(
        "WITH RECURSIVE m(id) AS (SELECT id FROM contacts WHERE merged_into = ?1 AND merged_into <> 0 UNION "
        "SELECT c.id FROM contacts AS c JOIN m ON c.merged_into = m.id WHERE c.merged_into <> 0) SELECT id FROM m "
        "ORDER BY id",
        contact);
    std::vector<Contact> out;
    while (q.step())
      if (auto found = load_contact(db_, q.id())) out.push_back(std::move(*found));
    return out;
  });
}

Result<std::vector<Merge>> SqliteReader::merges_of(Id contact) {
  return read<std::vector<Merge>>([&] {
    Query q = db_.query("SELECT " JACKFIELD_MERGE_COLUMNS
                        " FROM merges WHERE into_contact = ?1 OR from_contact = ?1 ORDER BY id",
                        contact);
    std::vector<Merge> out;
    while (q.step()) out.push_back(read_merge(q));
    return out;
  });
}

Result<Page<MessageRow>> SqliteReader::messages_from(Id contact, const PageArgs& page) {
  return read<Page<MessageRow>>([&] {
    Query q = db_.query(
        "WITH RECURSIVE m(id) AS (SELECT ?1 UNION SELECT c.id FROM contacts AS c JOIN m ON c.merged_into = m.id WHERE "
        "c.merged_into <> 0) SELECT " JACKFIELD_MESSAGE_COLUMNS
        " FROM messages WHERE contact IN (SELECT id FROM m) AND id > ?2 ORDER BY id LIMIT ?3",
        contact, id_in(page, Id{}), limit_of(page) + 1);
    std::vector<MessageRow> rows;
    while (q.step()) rows.push_back(shown(read_message_row(q, names_)));
    return page_of(std::move(rows), limit_of(page), [](const MessageRow& row) { return id_cursor(row); });
  });
}

// --- dead letters

Result<Page<DeadLetter>> SqliteReader::dead_letters(std::optional<DeadLetterKind> kind, const PageArgs& page) {
  return read<Page<DeadLetter>>([&] {
    Query q = db_.query("SELECT " JACKFIELD_DEAD_LETTER_COLUMNS
                        " FROM dead_letters WHERE resolved_at = 0 AND id < ?1 AND (?2 IS NULL OR kind = ?2) "
                        "ORDER BY id DESC LIMIT ?3",
                        id_in(page, kLast), kind, limit_of(page) + 1);
    std::vector<DeadLetter> rows;
    while (q.step()) rows.push_back(read_dead_letter(q));
    return page_of(std::move(rows), limit_of(page), [](const DeadLetter& row) { return id_cursor(row); });
  });
}

// --- agents

Result<Page<Agent>> SqliteReader::agents(const PageArgs& page) {
  return read<Page<Agent>>([&] {
    Query q =
        db_.query("SELECT " JACKFIELD_AGENT_COLUMNS " FROM agents WHERE enabled = 1 AND name > ? ORDER BY name LIMIT ?",
                  page.cursor, limit_of(page) + 1);
    std::vector<Agent> rows;
    while (q.step()) rows.push_back(read_agent(q));
    return page_of(std::move(rows), limit_of(page), [](const Agent& row) { return row.name; });
  });
}

Result<std::vector<Agent>> SqliteReader::agents_online() {
  return read<std::vector<Agent>>([&] {
    Query q =
        db_.query("SELECT " JACKFIELD_AGENT_COLUMNS " FROM agents WHERE enabled = 1 AND presence = ? ORDER BY name",
                  Presence::online);
    std::vector<Agent> rows;
    while (q.step()) rows.push_back(read_agent(q));
    return rows;
  });
}

// --- tokens

Result<std::vector<ApiToken>> SqliteReader::api_tokens() {
  return read<std::vector<ApiToken>>([&] {
    Query q = db_.query("SELECT " JACKFIELD_API_TOKEN_COLUMNS " FROM api_tokens ORDER BY id");
    std::vector<ApiToken> rows;
    while (q.step()) rows.push_back(read_api_token(q));
    return rows;
  });
}

// --- webhooks

Result<std::vector<Webhook>> SqliteReader::webhooks() {
  return read<std::vector<Webhook>>([&] {
    Query q = db_.query("SELECT " JACKFIELD_WEBHOOK_COLUMNS " FROM webhooks ORDER BY id");
    std::vector<Webhook> rows;
    while (q.step()) rows.push_back(read_webhook(q));
    return rows;
  });
}

Result<Page<WebhookEvent>> SqliteReader::webhook_events(Id webhook, WebhookEventState state, const PageArgs& page) {
  return read<Page<WebhookEvent>>([&] {
    Query q = db_.query("SELECT " JACKFIELD_WEBHOOK_EVENT_COLUMNS
                        " FROM webhook_events WHERE webhook = ? AND state = ? AND cursor > ? ORDER BY cursor LIMIT ?",
                        webhook, state, id_in(page, Id{}), limit_of(page) + 1);
    std::vector<WebhookEvent> rows;
    while (q.step()) rows.push_back(read_webhook_event(q));
    return page_of(std::move(rows), limit_of(page), [](const WebhookEvent& row) { return id_cursor(row); });
  });
}

}  // namespace jackfield::store
