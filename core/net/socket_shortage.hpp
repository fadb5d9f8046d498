// When a listener runs out of sockets: tells it once, and once that it is over, however often it comes and goes.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "base/log.hpp"

namespace jackfield::net {

class SocketShortage {
 public:
  // `what` cannot accept, and why.
  void met(const std::string& what, const std::string& why) {
    accepts_again_ = Steady::now() + kQuiet;
    if (std::exchange(told_, true)) return;
    log::error("net", what + " cannot accept connections: " + why + "; it goes on trying");
  }
  void accepted(const std::string& what) {
    if (!told_ || Steady::now() < accepts_again_) return;
    told_ = false;
    log::info("net", what + " accepts connections again");
  }

 private:
  using Steady = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kQuiet{10};

  bool told_ = false;
  Steady::time_point accepts_again_{};
};

}  // namespace jackfield::net
