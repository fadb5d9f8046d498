// A WebSocket that follows the event log and notes when each message came.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace jackfield::bench {

class Follower {
 public:
  // Follows message.received from now on; notes messages with the numbers first to first + count - 1. Throws when the
  // daemon does not let it.
  Follower(int port, std::uint64_t first, std::size_t count);
  ~Follower();

  // Waits until all have come, or nothing came for five seconds. Steady clock, ms; 0: did not come.
  std::vector<double> arrivals();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace jackfield::bench
