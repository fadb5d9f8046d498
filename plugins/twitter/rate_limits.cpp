#include "rate_limits.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace jackfield::twitter {
namespace {

constexpr const char* kHeaders[] = {"x-rate-limit-", "x-user-limit-24hour-", "x-app-limit-24hour-"};
constexpr std::int64_t kAfterReset = 1000;           // clocks differ
constexpr std::int64_t kWithoutReset = 60'000;       // for a 429 that does not say
constexpr std::int64_t kLongest = 25 * 3600 * 1000;  // no window is longer

std::int64_t number_in(const sdk::HttpResponse& answer, const std::string& name) {
  const auto text = answer.header(name);
  std::int64_t number = -1;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

std::uint64_t RateLimits::wait_ms(Limited what, std::int64_t now_ms) const {
  std::int64_t wait = 0;
  for (const auto& window : windows_[static_cast<std::size_t>(what)])
    if (window.remaining == 0) wait = std::max(wait, window.reset_ms - now_ms);
  return wait <= 0 ? 0 : static_cast<std::uint64_t>((wait + 999) / 1000 * 1000);  // X counts in seconds
}

void RateLimits::take(Limited what) {
  for (auto& window : windows_[static_cast<std::size_t>(what)])
    if (window.remaining > 0) --window.remaining;
}

void RateLimits::note(Limited what, const sdk::HttpResponse& answer, std::int64_t now_ms) {
  auto& windows = windows_[static_cast<std::size_t>(what)];
  bool told = false;
  for (std::size_t i = 0; i < kWindows; ++i) {
    const std::string prefix = kHeaders[i];
    const auto remaining = number_in(answer, prefix + "remaining"), reset = number_in(answer, prefix + "reset");
    auto& window = windows[i];
    if (window.reset_ms <= now_ms) window.remaining = -1;
    if (remaining < 0 || reset < 0) continue;
    const auto reset_ms = std::min(reset * 1000 + kAfterReset, now_ms + kLongest);
    // of answers to requests that were out at once the lowest counts
    const bool same = window.remaining >= 0 && window.reset_ms == reset_ms;
    window = {same ? std::min(window.remaining, remaining) : remaining, reset_ms};
    told |= remaining == 0;
  }
  if (!answer.answered() || answer.http_status != 429 || told) return;
  const auto reset = number_in(answer, "x-rate-limit-reset");
  windows[0] = {0, reset > 0 ? std::min(reset * 1000 + kAfterReset, now_ms + kLongest) : now_ms + kWithoutReset};
}

}  // namespace jackfield::twitter
