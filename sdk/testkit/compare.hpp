// JSON for people: the differences of two values, and a value on several lines.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <vector>

namespace jackfield::testkit {

// One line per difference, each with its place below `where`.
void compare(const std::string& where, const boost::json::value& expected, const boost::json::value& got,
             std::vector<std::string>& problems);

// Indented by two spaces; what fits on a line of 100 stays on one.
std::string pretty(const boost::json::value& value, std::size_t indent = 0);

}  // namespace jackfield::testkit
