// Operations that a connector has begun under ids of its own, so that no id is open twice, no more than a bound are,
// and a completion that comes after the instance that wanted it is dropped. Any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "host/link.hpp"

namespace jackfield::host {

class OpenOps {
 public:
  explicit OpenOps(std::size_t most) : most_(most) {}

  // ok, and a ticket to close it with; busy: too many; invalid: the id is open or not a connector's.
  Status open(std::uint64_t op, std::uint64_t& ticket) {
    std::lock_guard lock(mutex_);
    if (op >= kHostIds) return Status::invalid;
    if (tickets_.size() >= most_) return Status::busy;
    if (!tickets_.try_emplace(op, next_).second) return Status::invalid;
    ticket = next_++;
    return Status::ok;
  }
  // False when nobody waits for it any more.
  bool close(std::uint64_t op, std::uint64_t ticket) {
    std::lock_guard lock(mutex_);
    const auto at = tickets_.find(op);
    if (at == tickets_.end() || at->second != ticket) return false;
    tickets_.erase(at);
    return true;
  }
  void forget_all() {
    std::lock_guard lock(mutex_);
    tickets_.clear();
  }

 private:
  const std::size_t most_;
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::uint64_t> tickets_;
  std::uint64_t next_ = 1;
};

}  // namespace jackfield::host
