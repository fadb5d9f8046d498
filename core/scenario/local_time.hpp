// The wall clock that a story is told by.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace jackfield::scenario {

// As written: "09:05", "09:05:30", "mon 09:05", "2026-03-29 09:05".
struct Moment {
  std::optional<std::chrono::local_days> date;
  std::optional<int> weekday;  // from Monday, 0
  std::chrono::seconds time{0};
};
std::optional<Moment> parse_moment(std::string_view text);

// Immutable; any thread. Time zones come from the system's tzdata.
class LocalTime {
 public:
  // Errc::invalid: no such time zone.
  static Result<LocalTime> make(const std::string& zone);

  // "2026-03-29 09:05", with seconds where there are any; nothing for Time{}.
  std::string shown(Time at) const;
  // Without a date: today, or the next such weekday. Of a time that comes twice the first that has not passed; errors:
  // it has passed, or the change to summer time leaves it out.
  Result<Time> resolve(const Moment& moment, Time now) const;

 private:
  struct State;
  explicit LocalTime(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace jackfield::scenario
