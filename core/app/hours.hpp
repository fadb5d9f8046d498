// The `hours` of the configuration: calendars.
#pragma once

#include <map>
#include <string>

#include "app/problems.hpp"
#include "app/yaml.hpp"
#include "flow/hours.hpp"

namespace jackfield::app {

std::map<std::string, flow::CalendarSpec> read_hours(const Node& node, Problems& problems);

}  // namespace jackfield::app
