// Down-conversion: what a channel declares that it cannot carry is made text before it is stored and sent.
#pragma once

#include <boost/json/array.hpp>
#include <string>
#include <vector>

namespace jackfield::flow {

// The text that stands for a part: choices as a numbered list, a location as a link to a map, a card as lines.
std::string text_for(const boost::json::object& part);

// Replaces the parts of those types. What they were comes back as [{"part": index, "was": part}], empty: nothing.
boost::json::array convert(boost::json::array& parts, const std::vector<std::string>& types);

}  // namespace jackfield::flow
