// The coding of values in SMTP parameters (RFC 3461, 4). Pure.
#pragma once

#include <string>
#include <string_view>

namespace jackfield::email {

std::string to_xtext(std::string_view text);
std::string from_xtext(std::string_view text);  // at most 512 bytes of it

}  // namespace jackfield::email
