#include "app/systemd_talk.hpp"

#include <algorithm>

#include "app/app.hpp"

namespace jackfield::app {
namespace {

constexpr Millis never{60'000}, again{1'000}, look_for_ready{100};

}  // namespace

Millis SystemdTalk::tell() {
  if (!notify_.has_listener()) return never;
  if (!ready_ && app_.ready()) tell_ready();
  if (std::chrono::steady_clock::now() >= alive_at_) tell_alive();
  const auto left = alive_at_ - std::chrono::steady_clock::now();
  const auto wait = std::max(std::chrono::ceil<Millis>(left), Millis{1});
  return ready_ ? wait : std::min(wait, look_for_ready);
}

void SystemdTalk::tell_ready() {
  ready_ = true;
  notify_.tell("READY=1\nSTATUS=listening on " + app_.url());
}

// Until it is ready systemd is asked for more time: a full disk or a slow channel is no reason to be restarted.
void SystemdTalk::tell_alive() {
  const auto interval = notify_.watchdog_interval();
  const bool wanted = !ready_ || interval > Millis{0};
  const bool beats = wanted && app_.beats();
  if (beats) notify_.tell(ready_ ? "WATCHDOG=1" : "STATUS=not ready, see /readyz\nEXTEND_TIMEOUT_USEC=30000000");
  const auto wait = !wanted ? never : ready_ && beats ? interval : again;
  alive_at_ = std::chrono::steady_clock::now() + wait;
}

}  // namespace jackfield::app
