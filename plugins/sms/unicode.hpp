// UTF-8, UTF-16BE and single characters. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jackfield::sms {

// Reads the character at the front of the text and takes it away. A byte that starts no valid sequence is taken alone
// and read as U+FFFD. The text must not be empty.
char32_t take_character(std::string_view& text);

void append_utf8(std::string& text, char32_t character);

// UTF-16 units of the character: 1 or 2.
inline std::size_t utf16_width(char32_t character) { return character > 0xFFFF ? 2 : 1; }

void append_utf16be(std::string& octets, char32_t character);

// A surrogate without its other half, or an octet too many at the end, is U+FFFD.
std::string utf16be_to_utf8(std::string_view octets);
std::string utf8_to_utf16be(std::string_view text);

std::string latin1_to_utf8(std::string_view octets);

}  // namespace jackfield::sms
