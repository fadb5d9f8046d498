// One SQLite connection with its prepared statements. What fails is thrown as store::Failure.
//
// One thread at a time. Statements are prepared at their first use and kept; they are known by the address of
// their text, so that text must be a constant.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>

#include "store/rows.hpp"
#include "store/unit.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace jackfield::store {

struct Ref {  // a reference to another row: none is NULL
  Id id;
};
struct Blob {
  const void* bytes;
  std::size_t size;
};
inline Blob blob_of(const ProviderKey& key) { return {key.bytes.data(), key.bytes.size()}; }

class Connection;

// A statement under way. Columns are read from left to right, each call takes the next.
class Query {
 public:
  // Texts and blobs are not copied: they must outlive the query.
  template <class... Args>
  Query(Connection& db, sqlite3_stmt* statement, const Args&... args) : db_(db), statement_(statement) {
    [[maybe_unused]] int at = 0;
    (bind_one(++at, args), ...);
  }
  ~Query();  // resets it for its next use
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  bool step();  // false: no row any more

  std::int64_t integer();
  Id id() { return Id{integer()}; }  // NULL is none
  Time time() { return time_from_ms(integer()); }
  template <class E>
  E enumerator() {
    return static_cast<E>(integer());
  }
  bool null();              // is the next one NULL? Does not take it
  std::string_view text();  // valid until the next step
  std::string string() { return std::string(text()); }

 private:
  void bind_one(int at, std::int64_t value);
  void bind_one(int at, int value) { bind_one(at, static_cast<std::int64_t>(value)); }
  void bind_one(int at, std::size_t value) { bind_one(at, static_cast<std::int64_t>(value)); }
  void bind_one(int at, bool value) { bind_one(at, static_cast<std::int64_t>(value)); }
  void bind_one(int at, Id value) { bind_one(at, value.value); }
  void bind_one(int at, Time value) { bind_one(at, to_ms(value)); }
  void bind_one(int at, std::string_view value);
  void bind_one(int at, const std::string& value) { bind_one(at, std::string_view(value)); }
  void bind_one(int at, const char* value) { bind_one(at, std::string_view(value)); }
  void bind_one(int at, Blob value);
  void bind_one(int at, Ref value);
  void bind_null(int at);
  template <class E>
  requires std::is_enum_v<E>
  void bind_one(int at, E value) { bind_one(at, static_cast<std::int64_t>(value)); }
  template <class T>
  void bind_one(int at, const std::optional<T>& value) {
    value ? bind_one(at, *value) : bind_null(at);
  }

  Connection& db_;
  sqlite3_stmt* statement_;
  int column_ = 0;
};

class Connection {
 public:
  // Opens, creating the file when it is not there. Waits up to busy_ms where another connection is in the way.
  Connection(const std::string& path, const std::string& vfs, int busy_ms);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // A row-giving statement, its arguments bound; they must outlive it.
  template <class... Args>
  Query query(const char* sql, const Args&... args) {
    return Query(*this, prepared(sql), args...);
  }
  template <class... Args>
  void run(const char* sql, const Args&... args) {
    Query q(*this, prepared(sql), args...);
    while (q.step()) {
    }
  }
  void execute(const std::string& sql);  // one or many statements, not kept
  std::int64_t number(const char* sql);  // the first column of the first row, 0 when there is none
  std::int64_t changes() const;          // rows changed by the last statement
  bool in_transaction() const;
  // Did the disk fail it? Then a new connection is the safe way on.
  bool troubled() const { return troubled_; }
  sqlite3* handle() const { return db_; }
  // The last error as a Failure: transient where the whole store is in trouble.
  [[noreturn]] void fail_with(std::string_view what);

 private:
  sqlite3_stmt* prepared(const char* sql);

  sqlite3* db_ = nullptr;
  bool troubled_ = false;
  std::unordered_map<const char*, sqlite3_stmt*> statements_;
};

// An SQLite result code as an Error; text may be null.
Error error_of(int code, const char* text, std::string_view what);

// A read transaction: all reads within see the same commit.
class Snapshot {
 public:
  explicit Snapshot(Connection& db);
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

 private:
  Connection& db_;
};

}  // namespace jackfield::store
