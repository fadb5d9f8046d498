#include "smpp_pace.hpp"

#include <algorithm>

namespace jackfield::sms::smpp {

void Pace::set_full(std::size_t full) {
  const bool slowed = is_slowed();
  full_ = full;
  limit_ = slowed ? std::min(limit_, full) : full;
  if (full_ > 0) limit_ = std::max<std::size_t>(limit_, 1);
}

// Answers that were under way when the pause began say nothing new.
void Pace::throttled(std::int64_t now_ms) {
  if (is_paused(now_ms)) return;
  limit_ = std::max<std::size_t>(limit_ / 2, full_ > 0 ? 1 : 0);
  pause_ms_ = std::clamp(pause_ms_ * 2, first_pause_ms, longest_pause_ms);
  paused_until_ms_ = now_ms + pause_ms_;
  accepted_ = 0;
}

void Pace::accepted() {
  if (limit_ >= full_ || ++accepted_ < limit_) return;
  accepted_ = 0;
  if (++limit_ >= full_) pause_ms_ = 0;
}

}  // namespace jackfield::sms::smpp
