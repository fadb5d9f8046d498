// Which language a text is written in, by CLD2. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace jackfield::flow {

// BCP 47 ("fr", "zh-Hant"); empty: too short to tell, or not sure. Looks at the first 4 KiB.
std::string detect_language(std::string_view text);

// Is it one of those, by its main part as well: "pt-BR" is "pt".
bool is_language(std::string_view language, std::string_view wanted);

}  // namespace jackfield::flow
