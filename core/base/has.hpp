// A question that is asked everywhere of short lists: skills, tags, part types, queues.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield {

inline bool has(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace jackfield
