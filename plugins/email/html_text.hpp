// HTML to readable text, by Gumbo. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace jackfield::email {

// Blocks break lines, list items get a dash, quotes "> ", links "text (url)"; scripts, styles and what is hidden are
// left out. HTML built to make a parser blow up (nesting, formatting without end) only has its tags taken off.
std::string html_to_text(std::string_view html);

}  // namespace jackfield::email
