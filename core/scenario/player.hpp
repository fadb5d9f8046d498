// Plays a story and holds what is seen against what it expects.
#pragma once

#include <string>
#include <vector>

#include "scenario/story.hpp"

namespace jackfield::scenario {

// An expectation that did not hold, or a step that was refused.
struct Failure {
  Mark mark;
  std::string about;  // "conversation of ana: queue"
  std::string expected, seen;
  std::string explained;  // how the daemon decided, in lines; empty: there is nothing to tell
};

struct Played {
  std::vector<Failure> failures;  // of the first step that has any: what follows would only follow from it
  std::size_t steps = 0, expectations = 0;
};

// Deterministic but for the order in which sends of different channels are answered.
Played play(const Story& story);

}  // namespace jackfield::scenario
