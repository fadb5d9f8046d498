// The thread that moves the write-ahead log into the database file, so that no commit pays for it.
//
// It works beside the writer. When the log comes near its cap it holds the writer back between two transactions, moves
// the little that is left, and lets the log start anew; so the log stays bounded also under constant load.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "store/sqlite_connection.hpp"

namespace jackfield::store {

class Checkpointer {
 public:
  // Throws store::Failure when the file cannot be opened.
  Checkpointer(const std::string& path, const std::string& vfs, std::size_t cap_bytes);
  ~Checkpointer();

  // [writer] Around each transaction. The first waits while the log must be shortened; it throws Errc::unavailable when
  // the log is past its cap and cannot be shortened because the disk fails.
  void before_write();
  void after_write(std::size_t wal_bytes);

  // [any thread] Something was erased: the log, which holds what was there before, is moved and cut to nothing as soon as
  // readers let go of it.
  void purge();

  std::size_t wal_bytes() const;

 private:
  struct Moved {
    std::size_t bytes;
    bool all;
  };
  void loop();
  bool due() const;
  bool let_all_move(int mode, std::unique_lock<std::mutex>& lock);  // true: all of it was
  std::optional<Moved> move(int mode, std::unique_lock<std::mutex>& lock);

  const std::size_t cap_;
  const std::size_t start_;  // move when the log grew by that much
  Connection db_;
  mutable std::mutex mutex_;
  std::condition_variable work_, gate_;
  std::size_t wal_bytes_ = 0, moved_bytes_ = 0;
  std::uint64_t shortened_ = 0;  // times the gate was closed and opened again
  bool writing_ = false, closed_ = false, stop_ = false, purge_ = false;
  std::optional<Error> error_;
  std::thread thread_;
};

}  // namespace jackfield::store
