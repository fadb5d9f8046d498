// Ids: 63 bits, roughly in the order of their making, shown as 13 characters that sort the same way.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace jackfield {

struct Id {
  std::int64_t value = 0;  // 0: none

  explicit operator bool() const { return value != 0; }
  auto operator<=>(const Id&) const = default;
};

// Crockford base32, lower case, fixed width: "00f3k9..."
std::string to_string(Id id);
std::optional<Id> parse_id(std::string_view text);

// 41 bits of milliseconds since 2024, 10 of node, 12 of a counter (as Snowflake ids). Always rising, also
// when the clock steps back. Any thread.
class IdSource {
 public:
  explicit IdSource(const Clock& clock, std::uint16_t node = 0) : clock_(clock), node_(node & 0x3ff) {}
  Id next();
  // Never gives out an id at or below this one (the greatest stored, at start).
  void start_after(Id last);

 private:
  const Clock& clock_;
  const std::uint16_t node_;
  std::mutex mutex_;
  std::int64_t ticks_ = 0;  // milliseconds and counter as one number
};

}  // namespace jackfield

template <>
struct std::hash<jackfield::Id> {
  std::size_t operator()(jackfield::Id id) const noexcept {
    return static_cast<std::size_t>(id.value) * 0x9e3779b97f4a7c15ull;
  }
};
