// Reads server.tokens.
#pragma once

#include "app/config.hpp"
#include "app/yaml.hpp"

namespace jackfield::app {

void read_tokens(const Node* node, Place server, ServerSpec& out, Problems& problems);
// That the queues and agents are there that tokens speak of.
void check_tokens(const Node* server, const Config& config, Problems& problems);

}  // namespace jackfield::app
