#include "store/sqlite_checkpoint.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/log.hpp"
#include "store/sqlite_schema.hpp"

namespace jackfield::store {
namespace {

constexpr std::size_t kStart = 4 * 1024 * 1024;
constexpr std::size_t kFrame = kPageSize + 24;
// How long the writer may wait for readers to let go of the old log; they are short.
constexpr int kReadersMs = 100;
constexpr auto kAfterFailure = std::chrono::seconds(1);
constexpr auto kBetweenPurges = std::chrono::milliseconds(100);

}  // namespace

Checkpointer::Checkpointer(const std::string& path, const std::string& vfs, std::size_t cap_bytes)
    : cap_(cap_bytes), start_(std::min(kStart, cap_bytes / 4)), db_(path, vfs, kReadersMs) {
  db_.execute("PRAGMA synchronous = FULL; PRAGMA cache_size = -512");
  thread_ = std::thread([this] { loop(); });
}

Checkpointer::~Checkpointer() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  work_.notify_all();
  thread_.join();
}

void Checkpointer::before_write() {
  std::unique_lock lock(mutex_);
  if (wal_bytes_ > cap_ && !error_) {
    work_.notify_all();
    gate_.wait(lock, [&, seen = shortened_] { return shortened_ != seen; });
  }
  if (wal_bytes_ > cap_ && error_) throw Failure(*error_);  // the thread tries again by itself
  gate_.wait(lock, [&] { return !closed_; });
  writing_ = true;
}

void Checkpointer::after_write(std::size_t wal_bytes) {
  std::lock_guard lock(mutex_);
  writing_ = false;
  if (wal_bytes < wal_bytes_) moved_bytes_ = 0;  // the log started anew
  wal_bytes_ = wal_bytes;
  if (closed_) gate_.notify_all();
  if (due()) work_.notify_all();
}

void Checkpointer::purge() {
  std::lock_guard lock(mutex_);
  purge_ = true;
  work_.notify_all();
}

std::size_t Checkpointer::wal_bytes() const {
  std::lock_guard lock(mutex_);
  return wal_bytes_;
}

bool Checkpointer::due() const { return wal_bytes_ > cap_ || wal_bytes_ >= moved_bytes_ + start_; }

void Checkpointer::loop() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    work_.wait(lock, [&] { return stop_ || purge_ || due(); });
    if (stop_) return;
    if (const auto moved = move(SQLITE_CHECKPOINT_PASSIVE, lock)) moved_bytes_ = moved->bytes;
    if (wal_bytes_ > cap_ / 2) let_all_move(SQLITE_CHECKPOINT_RESTART, lock);
    if (std::exchange(purge_, false) && !let_all_move(SQLITE_CHECKPOINT_TRUNCATE, lock)) {
      purge_ = true;
      work_.wait_for(lock, kBetweenPurges, [&] { return stop_; });
    }
    if (error_) work_.wait_for(lock, kAfterFailure, [&] { return stop_; });
  }
}

bool Checkpointer::let_all_move(int mode, std::unique_lock<std::mutex>& lock) {
  closed_ = true;
  gate_.wait(lock, [&] { return !writing_; });
  const auto moved = move(mode, lock);
  if (moved) {
    moved_bytes_ = moved->bytes;
    if (moved->all) wal_bytes_ = moved_bytes_ = 0;  // the next commit starts the log anew
  }
  closed_ = false;
  ++shortened_;
  gate_.notify_all();
  return moved && moved->all;
}

// Without the lock while the disk works. Readers in the way are no failure, the rest waits for the next time.
std::optional<Checkpointer::Moved> Checkpointer::move(int mode, std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  int log_frames = 0, moved_frames = 0;
  const int code = sqlite3_wal_checkpoint_v2(db_.handle(), nullptr, mode, &log_frames, &moved_frames);
  const bool failed = code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY;
  const Error error = failed ? error_of(code, sqlite3_errmsg(db_.handle()), "checkpoint") : Error{};
  lock.lock();
  if (failed) {
    if (!error_) log::error("store", error.message);
    error_ = error;
    return std::nullopt;
  }
  error_.reset();
  return Moved{static_cast<std::size_t>(std::max(moved_frames, 0)) * kFrame,
               code == SQLITE_OK && log_frames == moved_frames};
}

}  // namespace jackfield::store
