// The words by which mail programs announce an earlier mail or themselves, in the languages that people write. Pure.
#pragma once

#include <string_view>

namespace jackfield::email {

// "On 21 Nov 2026, Ana wrote:", over one to three lines joined by spaces.
bool is_attribution(std::string_view line);
// Could an attribution end with this line? Cheap.
bool may_end_attribution(std::string_view line);
// Could an attribution begin here, to go on in the next line?
bool may_begin_attribution(std::string_view line);
// "-----Original Message-----", "---------- Forwarded message ---------", "Begin forwarded message:", "Type above this
// line".
bool is_separator(std::string_view line);
// "From: Ana" … : 'f' from, 's' sent, 't' to, 'j' subject, 'c' copy, 'r' reply to; 0: none of them.
char header_field(std::string_view line);
// "Sent from my iPhone".
bool is_device_signature(std::string_view line);

}  // namespace jackfield::email
