// HTML to readable text. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "html_document.hpp"

namespace jackfield::email {

struct HtmlText {
  std::string whole;
  // Without the quotes and signatures that mail programs mark; empty when there are none, when nothing else is there,
  // or when somebody wrote below or between quotes.
  std::string new_text;
};

// Blocks break lines, list items get a dash or their number, quotes "> ", links "text (url)"; cells of tables with
// headings or borders are parted by " | "; scripts, styles and what is hidden are left out. HTML that is not safe to
// parse only has its tags taken off.
HtmlText html_to_text(const HtmlDocument& html);

}  // namespace jackfield::email
