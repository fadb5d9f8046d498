// Files that stand in a text in the way of the eighties: "begin 644 name", lines, "end". Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jackfield::email {

struct UuFile {
  std::string name, bytes;
};

// Takes whole files out of the text; what only looks like the beginning of one stays. Linear.
std::vector<UuFile> take_uuencoded(std::string& text);

}  // namespace jackfield::email
