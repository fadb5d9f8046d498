// A clock on the wall that somebody sets. What is reckoned from it and lies in the future would be put off by as much as it
// went back.
#pragma once

#include <chrono>
#include <optional>

#include "flow/environment.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

// Small steps are NTP's business, and a sleep of this process looks like one.
inline constexpr Millis kClockStep{30'000};

// Not thread-safe.
class ClockWatch {
 public:
  using Steady = std::chrono::steady_clock;

  // By how much the wall clock was set since the last look, when that is more than kClockStep; negative: back.
  std::optional<Millis> look(Time wall, Steady::time_point steady);

 private:
  std::optional<Time> wall_;
  Steady::time_point steady_{};
};

// By how much the clock is behind the ids that were given out: it went back since then. Zero: it is not.
Millis behind_ids(const Environment& env);

// What waits to be tried again is tried now, for nobody knows how long ago it was told to wait.
void try_now(store::Unit& unit, Time now);

}  // namespace jackfield::flow
