// The `routing` list of the configuration.
#pragma once

#include "app/config.hpp"
#include "app/yaml.hpp"

namespace jackfield::app {

// Fills in config.flow.rules; queues and channels must be there already, since rules name them.
void read_routing(const Node& node, Config& config, Problems& problems);

}  // namespace jackfield::app
