// The `queues`, `agents` and `assignment` of the configuration: who answers what, how soon, and how work finds them.
#pragma once

#include "app/problems.hpp"
#include "app/yaml.hpp"
#include "flow/config.hpp"

namespace jackfield::app {

// At least one queue: "inbox" when the file has none. Read `hours` and `callbacks` before.
void read_queues(const Node* node, flow::FlowConfig& config, Problems& problems);
void read_agents(const Node& node, flow::FlowConfig& config, Problems& problems);
void read_assignment(const Node& node, flow::AssignmentSpec& out, Problems& problems);

// Letters, digits, - _ . and at most 64 of them: names of queues, channels, agents.
void check_name(const Key& key, Problems& problems);

}  // namespace jackfield::app
