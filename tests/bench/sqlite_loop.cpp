#include "sqlite_loop.hpp"

#include <sqlite3.h>

#include <filesystem>
#include <stdexcept>

#include "load.hpp"

namespace jackfield::bench {
namespace {

constexpr int batch = 64;

class Database {
 public:
  explicit Database(const std::string& file) {
    check(sqlite3_open(file.c_str(), &db_));
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE message (id INTEGER PRIMARY KEY, body TEXT "
        "NOT NULL)");
    check(sqlite3_prepare_v2(db_, "INSERT INTO message (body) VALUES (?)", -1, &insert_, nullptr));
  }
  ~Database() {
    sqlite3_finalize(insert_);
    sqlite3_close(db_);
  }

  void run(const char* sql) { check(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr)); }
  void insert(const std::string& body) {
    check(sqlite3_bind_text(insert_, 1, body.data(), static_cast<int>(body.size()), SQLITE_STATIC));
    if (sqlite3_step(insert_) != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(db_));
    sqlite3_reset(insert_);
  }

 private:
  void check(int code) {
    if (code != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(db_));
  }

  sqlite3* db_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

}  // namespace

double run_sqlite_loop(const std::string& folder, double seconds) {
  const std::string own = folder + "/sqlite-loop";
  std::filesystem::remove_all(own);
  std::filesystem::create_directories(own);
  double rows = 0, took = 0;
  {
    Database database(own + "/loop.db");
    const std::string body(1000, 'x');
    const double begin = steady_ms();
    for (; took < seconds * 1000; took = steady_ms() - begin, rows += batch) {
      database.run("BEGIN IMMEDIATE");
      for (int i = 0; i < batch; ++i) database.insert(body);
      database.run("COMMIT");
    }
  }
  std::filesystem::remove_all(own);
  return rows * 1000 / took;
}

}  // namespace jackfield::bench
