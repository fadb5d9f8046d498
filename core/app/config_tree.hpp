// A configuration that stands within another file.
#pragma once

#include "app/config.hpp"
#include "app/yaml.hpp"

namespace jackfield::app {

// As read_config, of a tree that was read already; ${…} in it is replaced.
Config read_config_tree(Node root, Problems& problems);

}  // namespace jackfield::app
