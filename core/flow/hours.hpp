// Opening hours: a week's spans in a time zone of the IANA database, with closed days and special ones. All sums are
// over the time in which the calendar is open, and right across changes of daylight saving.
//
// Immutable after make; any thread. Time zones come from the system's tzdata.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace jackfield::flow {

// Of a day, in minutes of its wall clock: 480 to 720 is 08:00-12:00. One that ends at or before its start ends on the
// next day.
struct OpenSpan {
  int from = 0, to = 0;
  auto operator<=>(const OpenSpan&) const = default;
};

using LocalDay = std::chrono::local_days;

struct CalendarSpec {
  std::string timezone = "UTC";                    // "Europe/Paris"
  std::array<std::vector<OpenSpan>, 7> week;       // from Monday
  std::map<LocalDay, std::vector<OpenSpan>> days;  // instead of the week's; none: closed
};

// From an opening to the closing after it.
struct OpenTime {
  Time from, to;
};

class Calendar {
 public:
  // Errc::invalid: no such time zone.
  static Result<Calendar> make(const CalendarSpec& spec);

  bool is_open(Time at) const;
  // The next moment from `at` on (with it) at which it is open; nothing within about a year: it never opens.
  std::optional<Time> next_open(Time at) const;
  // When the open time ends that `at` lies in; nothing: it is closed then, or does not close within about two years.
  std::optional<Time> next_close(Time at) const;
  // When so much open time has passed since `from`; nothing: it is not open for so long within about two years.
  std::optional<Time> add(Time from, Millis open_time) const;
  // How much of the time between them it is open; 0 when to is not after from.
  Millis between(Time from, Time to) const;
  // The times in which it is open that end after `from` and begin before `to`: whole, in order, none overlaps another.
  std::vector<OpenTime> open_between(Time from, Time to) const;
  // On the calendar's own clock: "2026-11-23 08:00".
  std::string shown(Time at) const;

 private:
  struct State;
  explicit Calendar(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace jackfield::flow
