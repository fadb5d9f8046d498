// What must hold at any moment when nothing is under way, whatever came in whatever order: nobody's work is lost, held
// twice or left lying while somebody who could take it is free.
#pragma once

#include <string>
#include <vector>

#include "scenario/world.hpp"

namespace jackfield::scenario {

// For people, one a violation; empty: all is well.
std::vector<std::string> violations(World& world);

}  // namespace jackfield::scenario
