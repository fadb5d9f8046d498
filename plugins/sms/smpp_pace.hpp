// How many submits may be open at once, which the carrier makes fewer by throttling. Pure.
#pragma once

#include <cstddef>
#include <cstdint>

namespace jackfield::sms::smpp {

// Each throttled answer halves what may be open and pauses for a while, longer each time; answers that say OK bring it
// back one by one.
class Pace {
 public:
  static constexpr std::int64_t first_pause_ms = 1000, longest_pause_ms = 30000;

  void set_full(std::size_t full);  // what the windows of all binds hold together
  void throttled(std::int64_t now_ms);
  void accepted();

  std::size_t open_at_once(std::int64_t now_ms) const { return is_paused(now_ms) ? 0 : limit_; }
  bool is_paused(std::int64_t now_ms) const { return now_ms < paused_until_ms_; }
  bool is_slowed() const { return limit_ < full_; }
  std::int64_t paused_until_ms() const { return paused_until_ms_; }

 private:
  std::size_t full_ = 0, limit_ = 0, accepted_ = 0;
  std::int64_t pause_ms_ = 0, paused_until_ms_ = 0;
};

}  // namespace jackfield::sms::smpp
