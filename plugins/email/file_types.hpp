// What a file is, told by its first bytes and its name where the mail does not say. Pure.
#pragma once

#include <string>
#include <string_view>

namespace jackfield::email {

// The declared type, unless it says nothing ("application/octet-stream") and bytes or name say more.
std::string file_type(std::string_view declared, std::string_view name, std::string_view bytes);

// ".png" for "image/png"; empty: none is known.
std::string_view extension_of(std::string_view media_type);

}  // namespace jackfield::email
