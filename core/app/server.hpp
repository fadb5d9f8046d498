// Reads the section `server`.
#pragma once

#include "app/config.hpp"
#include "app/yaml.hpp"

namespace jackfield::app {

ServerSpec read_server(const Node* node, Problems& problems);
// That what `public_availability` shows is there.
void check_public_channels(const Node* server, const Config& config, Problems& problems);

}  // namespace jackfield::app
