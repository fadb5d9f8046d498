// Writing of JSON straight into a string: events are written once and never held as a tree.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace jackfield::twitter {

// The text (UTF-8) as a JSON string, quotes included.
void append_quoted(std::string& out, std::string_view text);

// ,"key":"text" — the key as it is, it needs no escapes.
void append_field(std::string& out, std::string_view key, std::string_view text);

// The same, but nothing at all for an empty text.
void append_field_if(std::string& out, std::string_view key, std::string_view text);

// At most that many bytes of it, cut between characters.
std::string_view cut(std::string_view text, std::size_t most_bytes);

// Unix seconds as "2026-11-21T09:30:00.000Z", quotes included. For 1970 to 9999.
void append_time(std::string& out, std::int64_t unix_seconds);

// The shortest form that reads back as the same number.
void append_number(std::string& out, double number);

}  // namespace jackfield::twitter
