// Tries that a connector has taken and owes an answer for. Whoever closes a token first gives its one answer. Any
// thread.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/io.hpp"

namespace jackfield::host {

class OpenTokens {
 public:
  bool open(std::uint64_t token);  // false: it is open already
  bool is_open(std::uint64_t token) const;
  void set_timer(std::uint64_t token,
                 net::TimerHandle timer);  // replaces and cancels the one before; goes with the token
  // True for the one who ends it. how is kept for a while, for how_ended.
  bool close(std::uint64_t token, const char* how);
  std::vector<std::uint64_t> close_all(const char* how);
  // What is known of a token that is not open: "was answered before", …, or "was never given out".
  std::string how_ended(std::uint64_t token) const;
  std::size_t size() const;

 private:
  void remember(std::uint64_t token, const char* how);

  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, net::TimerHandle> open_;
  std::unordered_map<std::uint64_t, const char*> ended_;
  std::deque<std::uint64_t> ended_order_;
};

}  // namespace jackfield::host
