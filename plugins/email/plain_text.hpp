// format=flowed (RFC 3676).
#pragma once

#include <string>
#include <string_view>

namespace jackfield::email {

// Lines that end in a space go on in the next; stuffed spaces are removed; the signature line "-- " stays. delsp: the
// space at the break goes too.
std::string unflow(std::string_view text, bool delsp);

}  // namespace jackfield::email
