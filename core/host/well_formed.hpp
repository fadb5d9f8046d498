// Is it JSON? Without building anything of it.
#pragma once

#include <string_view>

namespace jackfield::host {

bool well_formed_json(std::string_view text);

}  // namespace jackfield::host
