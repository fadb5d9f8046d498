// A look at a mail's raw bytes before anything parses them: what would make a parser run out of memory or stack.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jackfield::email {

constexpr std::size_t most_header_bytes = 256 * 1024;
constexpr std::size_t most_parts = 1000;
constexpr std::size_t deepest_part = 50;

// Why this mail is not to be parsed; nothing when it may be. One pass, linear.
std::optional<std::string> breaks_limits(std::string_view mail);

// Where the body begins: behind the first empty line; the end when there is none.
std::size_t body_offset(std::string_view mail);

}  // namespace jackfield::email
