// The `hours` of the configuration, which are calendars, and `reports`, which says where its days begin.
#pragma once

#include <map>
#include <string>

#include "app/problems.hpp"
#include "app/yaml.hpp"
#include "flow/config.hpp"
#include "flow/hours.hpp"

namespace jackfield::app {

std::map<std::string, flow::CalendarSpec> read_hours(const Node& node, Problems& problems);
void read_reports(const Node& node, flow::ReportsSpec& out, Problems& problems);

}  // namespace jackfield::app
