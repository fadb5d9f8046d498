#include "net/body_pieces.hpp"

#include <charconv>

namespace jackfield::net {

bool BodyPieces::send(std::shared_ptr<const std::string> piece) {
  std::unique_lock lock(mutex_);
  if (gone_ || closed_) return false;
  if (waiting_.size() >= most_) {
    full_ = true;
    return false;
  }
  if (!piece->empty()) waiting_.push_back(std::move(piece));  // an empty chunk would be the end
  wake_unless_busy(lock);
  return true;
}

void BodyPieces::close() {
  std::unique_lock lock(mutex_);
  if (gone_ || closed_) return;
  closed_ = true;
  wake_unless_busy(lock);
}

void BodyPieces::wake_unless_busy(std::unique_lock<std::mutex>& lock) {
  if (std::exchange(busy_, true)) return;
  const auto wake = wake_;
  lock.unlock();
  wake();
}

BodyPieces::Taken BodyPieces::take(std::string& out, std::size_t most_bytes) {
  std::lock_guard lock(mutex_);
  Taken taken;
  const std::size_t from = out.size();
  for (; !waiting_.empty() && out.size() - from < most_bytes; waiting_.pop_front()) append(out, *waiting_.front());
  taken.ended = closed_ && waiting_.empty();
  if (taken.ended && chunked_) out.append("0\r\n\r\n");
  taken.drained = full_ && waiting_.size() <= most_ / 2;
  if (taken.drained) full_ = false;
  busy_ = out.size() > from || taken.ended;
  return taken;
}

void BodyPieces::append(std::string& out, const std::string& piece) const {
  if (!chunked_) {
    out.append(piece);
    return;
  }
  char digits[16];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, piece.size(), 16).ptr);
  out.append("\r\n").append(piece).append("\r\n");
}

void BodyPieces::abandon() {
  std::lock_guard lock(mutex_);
  gone_ = true;
  wake_ = nullptr;
  waiting_.clear();
}

}  // namespace jackfield::net
