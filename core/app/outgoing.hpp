// Reads server.cors and webhooks: who else than providers and desktops is talked to.
#pragma once

#include <string>
#include <vector>

#include "app/config.hpp"
#include "app/yaml.hpp"

namespace jackfield::app {

std::vector<std::string> read_cors(const Node& node, Problems& problems);
std::vector<WebhookSpec> read_webhooks(const Node& node, Problems& problems);

}  // namespace jackfield::app
