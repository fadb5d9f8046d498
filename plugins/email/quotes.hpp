// Tells what somebody wrote from what they quote and sign with, in plain text. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace jackfield::email {

// The text up to the earlier mail below it ("On … wrote:" in many languages, Outlook's header lines, "-----Original
// Message-----", quoted lines at the end) and without its signature ("-- ", "Sent from my …"). Who writes below or
// between quotes keeps the quotes. Empty when nothing is to be taken off, or nothing would be left. text: UTF-8, LF.
// Linear.
std::string new_text_of(std::string_view text);

// The same for text whose quotes were taken off already: only its signature.
std::string without_signature(std::string_view text);

}  // namespace jackfield::email
