#include "flow/clock_watch.hpp"

#include <algorithm>

namespace jackfield::flow {
namespace {

// Ids begin with the milliseconds since 2024 (base/id.hpp).
constexpr std::int64_t kEpochOfIdsMs = 1704067200000;
Time time_of(Id id) { return time_from_ms((id.value >> 22) + kEpochOfIdsMs); }

}  // namespace

std::optional<Millis> ClockWatch::look(Time wall, Steady::time_point steady) {
  const auto passed = std::chrono::duration_cast<Millis>(steady - steady_);
  const auto step = wall_ ? wall - *wall_ - passed : Millis{0};
  wall_ = wall;
  steady_ = steady;
  return std::chrono::abs(step) >= kClockStep ? std::optional(step) : std::nullopt;
}

Millis behind_ids(const Environment& env) {
  const auto behind = time_of(env.ids.next()) - env.clock.now();
  return behind >= kClockStep ? behind : Millis{0};
}

void try_now(store::Unit& unit, Time now) {
  for (auto* entry : unit.put_off(now)) {
    entry->next_at = now;
    unit.changed(*entry);
  }
}

}  // namespace jackfield::flow
