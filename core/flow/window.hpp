// Reply windows: until when a free answer may leave on a channel, and what may leave after that.
#pragma once

#include <string>

#include "flow/environment.hpp"

namespace jackfield::flow {

struct ReplyWindow {
  bool open = true;
  Time until{};  // 0: no end
  bool template_needed = false;
};

ReplyWindow window_of(const ChannelUse& use, const Channel& channel, Time now);

}  // namespace jackfield::flow
