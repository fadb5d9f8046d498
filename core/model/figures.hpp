// Figures: what came, how long it took and how it ended, on one day, over one channel, in one queue, with one agent.
// Rows of these are all that reports are made of; what each number means stands in docs/figures.md.
//
// Plain values: two of them can be added up, and the sum means the same for both together.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace jackfield {

// Stored under these numbers: none ever changes, new ones come at the end.
enum class Count : std::uint8_t {
  opened = 0,
  reopened = 1,
  closed = 2,
  abandoned = 3,
  closed_by_rule = 4,
  messages_in = 5,
  messages_out = 6,
  messages_automatic = 7,
  transferred_in = 8,
  transferred_out = 9,
  first_response_met = 10,
  first_response_missed = 11,
  resolution_met = 12,
  resolution_missed = 13,
  score_1 = 14,  // to score_5 = 18
};
inline constexpr std::size_t kCounts = 19;
inline constexpr int kBestScore = 5;
// 1 to kBestScore.
inline Count count_of_score(int score) { return static_cast<Count>(static_cast<int>(Count::score_1) + score - 1); }

// What is measured, in all time and in the queue's open hours. Stored under these numbers as well.
enum class Measure : std::uint8_t { wait = 0, first_response = 1, resolution = 2 };
inline constexpr std::size_t kMeasures = 3;

// How a number of durations are spread: fixed steps, so that any two can be added up.
struct Spread {
  // The ends of the steps but for the last one, which has none. A duration belongs to the first that it does not
  // exceed. Stored by their places: they never change.
  static constexpr std::array<Millis, 16> kEnds = [] {
    using std::chrono::hours, std::chrono::minutes, std::chrono::seconds;
    return std::array<Millis, 16>{seconds{5},  seconds{15}, seconds{30}, minutes{1}, minutes{2}, minutes{5},
                                  minutes{10}, minutes{20}, minutes{30}, hours{1},   hours{2},   hours{4},
                                  hours{8},    hours{24},   hours{72},   hours{168}};
  }();

  std::int64_t total = 0, longest = 0;  // in milliseconds
  std::array<std::int64_t, kEnds.size() + 1> steps{};

  void add(Millis duration);  // a negative one (the clock was set back) counts as 0
  void add(const Spread& other);
  std::int64_t count() const;
  // What so much of them (0.5, 0.9) do not exceed: exact at the ends of steps, straight between them, never above the
  // longest. 0 when there are none.
  Millis percentile(double part) const;
  bool operator==(const Spread&) const = default;
};

struct Measured {
  Spread wall, open;  // of the same durations
  void add(const Measured& other);
  bool operator==(const Measured&) const = default;
};

struct Figures {
  std::array<std::int64_t, kCounts> counts{};
  std::array<Measured, kMeasures> measures{};

  std::int64_t& operator[](Count count) { return counts[static_cast<std::size_t>(count)]; }
  std::int64_t operator[](Count count) const { return counts[static_cast<std::size_t>(count)]; }
  Measured& operator[](Measure measure) { return measures[static_cast<std::size_t>(measure)]; }
  const Measured& operator[](Measure measure) const { return measures[static_cast<std::size_t>(measure)]; }
  void add(const Figures& other);
  bool operator==(const Figures&) const = default;
};

// As stored: "NUMBER:VALUE" of those that are not 0. Numbers that are not known are skipped in reading, so that an
// older program reads what a newer one wrote. Errc::corrupt: it is none.
std::string figures_to_text(const Figures& figures);
Result<Figures> figures_from_text(std::string_view text);

// Days since 1970-01-01 on the reports' calendar.
using DayNumber = std::int32_t;
inline constexpr DayNumber kAllDays = -1;  // of the row that holds all days, which outlives them

struct FiguresKey {
  DayNumber day = kAllDays;
  std::string channel, queue;
  std::string agent;  // empty: nobody's; on kAllDays always
  auto operator<=>(const FiguresKey&) const = default;
};

struct FiguresRow {
  FiguresKey key;
  Figures figures;
};

}  // namespace jackfield
