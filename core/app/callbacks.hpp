// The `callbacks` of the configuration, of all and of a queue, and the `callback` of a rule.
#pragma once

#include "app/problems.hpp"
#include "app/yaml.hpp"
#include "flow/config.hpp"

namespace jackfield::app {

// Over what `out` says already.
void read_callbacks(const Node& node, flow::CallbackSpec& out, Problems& problems);
// Do the queues that callbacks come due in exist? Once all queues are read. root: the whole file.
void check_callback_queues(const Node& root, const flow::FlowConfig& config, Problems& problems);

void read_callback_offer(const Node& node, flow::RuleSpec& rule, Problems& problems);

}  // namespace jackfield::app
