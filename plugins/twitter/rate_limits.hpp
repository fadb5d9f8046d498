// What X still lets through, by the headers of its answers. Direct messages and posts have limits of their own, and one
// that is used up holds back nothing of the other.
#pragma once

#include <array>
#include <cstdint>
#include <jackfield/http.hpp>

namespace jackfield::twitter {

enum class Limited : std::uint8_t { direct_messages, posts, media, reads };

// On the strand.
class RateLimits {
 public:
  // Milliseconds until one may be tried; 0: now.
  std::uint64_t wait_ms(Limited what, std::int64_t now_ms) const;
  // One is on its way; its answer comes later.
  void take(Limited what);
  void note(Limited what, const sdk::HttpResponse& answer, std::int64_t now_ms);

 private:
  struct Window {
    std::int64_t remaining = -1;  // -1: not known
    std::int64_t reset_ms = 0;
  };
  // X counts by quarter of an hour, and some by day as well, for the user and for the app.
  static constexpr std::size_t kWindows = 3;
  using Windows = std::array<Window, kWindows>;
  std::array<Windows, 4> windows_;
};

}  // namespace jackfield::twitter
