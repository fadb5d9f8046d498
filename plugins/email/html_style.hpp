// The declarations of a style attribute that only change how text looks. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace jackfield::email {

// Nothing that loads (url, image-set), runs (expression), moves its element over others or is hidden from this reader
// by escapes. "" when nothing is left.
std::string safe_style(std::string_view style);

}  // namespace jackfield::email
