// The `story` list of a story's file.
#pragma once

#include "app/problems.hpp"
#include "app/yaml.hpp"
#include "scenario/story.hpp"

namespace jackfield::app {

// Settings and people must be there already, since steps name them. Everything that is named is checked.
void read_steps(const Node& node, scenario::Story& story, Problems& problems);

}  // namespace jackfield::app
