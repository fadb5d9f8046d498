// How long to wait before the next try.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"

namespace jackfield {

struct Backoff {
  Millis first{1000};
  Millis most{std::chrono::minutes{10}};
  double factor = 2.0;

  // The wait after that many failed tries (1 or more): grows by the factor up to most, then a random
  // share between half and all of it ("equal jitter"), so that many waiters do not come back at once.
  Millis after(int failures, Random& random) const;
};

}  // namespace jackfield
