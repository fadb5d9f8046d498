// Plain text as simple HTML, for the second form of a mail that we send. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace jackfield::email {

std::string escape_html(std::string_view text);

// Paragraphs, line breaks, "> " as quotes, addresses of the web as links; nothing of the text is taken as HTML.
std::string text_to_html(std::string_view text);

}  // namespace jackfield::email
