// Time, from outside: nothing below app/ reads the machine's clock by itself, so that a test can set it.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace jackfield {

using Millis = std::chrono::milliseconds;
using Time = std::chrono::sys_time<Millis>;  // UTC, as stored and shown

inline constexpr Time time_from_ms(std::int64_t ms) { return Time{Millis{ms}}; }
inline constexpr std::int64_t to_ms(Time t) { return t.time_since_epoch().count(); }

// "2026-11-21T09:30:00.412Z"
std::string to_rfc3339(Time t);
// RFC 3339 with any offset and any number of fraction digits; nullopt when it is not one.
std::optional<Time> parse_rfc3339(std::string_view text);

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;  // any thread
};

class SystemClock final : public Clock {
 public:
  Time now() const override;
};

// Stands still until told; any thread.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(Time start) : ms_(to_ms(start)) {}
  Time now() const override { return time_from_ms(ms_.load()); }
  void advance(Millis by) { ms_ += by.count(); }
  void set(Time t) { ms_ = to_ms(t); }

 private:
  std::atomic<std::int64_t> ms_;
};

}  // namespace jackfield
