// ${env:NAME} and ${file:PATH} in the values of a configuration.
#pragma once

#include "app/yaml.hpp"

namespace jackfield::app {

// Replaces them in every scalar of the tree (not in keys). A file's last line end is left out; a relative path is below
// the working folder. $${env:…} stands for the same text with one dollar. What is missing is told with its place.
void expand(Node& node, Problems& problems);

}  // namespace jackfield::app
