// The clock of the daemon. For tests of the whole binary JACKFIELD_TEST_CLOCK may name a file that holds how many
// milliseconds it is ahead of the machine's; see CONTRIBUTING.md.
#pragma once

#include <memory>

#include "base/clock.hpp"

namespace jackfield::app {

std::unique_ptr<Clock> make_clock();

}  // namespace jackfield::app
