#include "base/backoff.hpp"

#include <algorithm>
#include <cmath>

namespace jackfield {

Millis Backoff::after(int failures, Random& random) const {
  const double full = std::min(static_cast<double>(most.count()),
                               static_cast<double>(first.count()) * std::pow(factor, std::max(0, failures - 1)));
  return Millis{static_cast<std::int64_t>(full * (0.5 + 0.5 * random.unit()))};
}

}  // namespace jackfield
