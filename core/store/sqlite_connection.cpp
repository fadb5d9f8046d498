#include "store/sqlite_connection.hpp"

#include <sqlite3.h>

namespace jackfield::store {
namespace {

Errc errc_of(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
    case SQLITE_INTERRUPT: return Errc::unavailable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return Errc::corrupt;
    case SQLITE_TOOBIG: return Errc::too_large;
    default: return Errc::internal;
  }
}

}  // namespace

Error error_of(int code, const char* text, std::string_view what) {
  return fail(errc_of(code), "store: " + std::string(what) + ": " + (text ? text : sqlite3_errstr(code)));
}

// --- Query

Query::~Query() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

bool Query::step() {
  column_ = 0;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) db_.fail_with(std::string_view(sqlite3_sql(statement_)).substr(0, 60));
  return false;
}

std::int64_t Query::integer() { return sqlite3_column_int64(statement_, column_++); }

bool Query::null() { return sqlite3_column_type(statement_, column_) == SQLITE_NULL; }

std::string_view Query::text() {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column_));
  const int size = sqlite3_column_bytes(statement_, column_++);
  return {bytes ? bytes : "", static_cast<std::size_t>(size)};
}

void Query::bind_one(int at, std::int64_t value) {
  if (sqlite3_bind_int64(statement_, at, value) != SQLITE_OK) db_.fail_with("bind");
}

void Query::bind_one(int at, std::string_view value) {
  // A null pointer would bind NULL, and an empty view may hold one.
  const char* bytes = value.data() ? value.data() : "";
  if (sqlite3_bind_text64(statement_, at, bytes, value.size(), SQLITE_STATIC, SQLITE_UTF8) != SQLITE_OK)
    db_.fail_with("bind");
}

void Query::bind_one(int at, Blob value) {
  if (sqlite3_bind_blob64(statement_, at, value.bytes, value.size, SQLITE_STATIC) != SQLITE_OK) db_.fail_with("bind");
}

void Query::bind_one(int at, Ref value) { value.id ? bind_one(at, value.id.value) : bind_null(at); }

void Query::bind_null(int at) {
  if (sqlite3_bind_null(statement_, at) != SQLITE_OK) db_.fail_with("bind");
}

// --- Connection

Connection::Connection(const std::string& path, const std::string& vfs, int busy_ms) {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &db_, flags, vfs.empty() ? nullptr : vfs.c_str());
  if (code != SQLITE_OK) {
    const Error error = error_of(code, db_ ? sqlite3_errmsg(db_) : nullptr, "open " + path);
    sqlite3_close(db_);
    throw Failure(error);
  }
  sqlite3_busy_timeout(db_, busy_ms);
}

Connection::~Connection() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(db_);
}

sqlite3_stmt* Connection::prepared(const char* sql) {
  sqlite3_stmt*& statement = statements_[sql];
  if (!statement && sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK)
    fail_with(std::string_view(sql).substr(0, 60));
  return statement;
}

void Connection::execute(const std::string& sql) {
  if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    fail_with(std::string_view(sql).substr(0, 60));
}

std::int64_t Connection::number(const char* sql) {
  Query q = query(sql);
  return q.step() ? q.integer() : 0;
}

void Connection::fail_with(std::string_view what) {
  const int code = sqlite3_extended_errcode(db_);
  switch (code & 0xff) {
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
    case SQLITE_READONLY: troubled_ = true; break;
    default: break;
  }
  throw Failure(error_of(code, sqlite3_errmsg(db_), what));
}

std::int64_t Connection::changes() const { return sqlite3_changes64(db_); }

bool Connection::in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }

// --- Snapshot

Snapshot::Snapshot(Connection& db) : db_(db) { db_.run("BEGIN"); }

Snapshot::~Snapshot() {
  // Ending a read cannot fail in a way that matters; after an error SQLite may have ended it already.
  if (db_.in_transaction()) sqlite3_exec(db_.handle(), "COMMIT", nullptr, nullptr, nullptr);
}

}  // namespace jackfield::store
