// The `satisfaction` of the configuration, for all queues or for one: what customers are asked, and when.
#pragma once

#include <optional>

#include "app/problems.hpp"
#include "app/yaml.hpp"
#include "flow/config.hpp"

namespace jackfield::app {

std::optional<flow::SatisfactionSpec> read_satisfaction(const Node& node, Problems& problems);
// A queue's own, or `off`.
void read_satisfaction_of(const Node& node, flow::QueueSpec& queue, Problems& problems);

}  // namespace jackfield::app
