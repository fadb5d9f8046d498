// The GSM 7-bit default alphabet with its extension table: 3GPP TS 23.038, 6.2.1. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jackfield::sms {

inline constexpr std::uint8_t gsm_escape = 0x1B;

// How many septets the character takes: 1, 2 with its escape, 0 when the alphabet does not have it.
std::size_t gsm_width(char32_t character);

// Appends the character as septets, one an octet; false when the alphabet does not have it.
bool append_gsm(std::string& septets, char32_t character);

// Septets, one an octet, as UTF-8. An escape without a code in the table is its base character, as old phones show it;
// an escape at the end is a space; an octet over 0x7F is U+FFFD.
std::string gsm_to_utf8(std::string_view septets);

// What can stand for it in the alphabet where the typography does not matter: '"' for a curly quote, nothing for a
// zero-width space. Letters have no stand-in.
std::optional<std::u32string_view> gsm_stand_in(char32_t character);

}  // namespace jackfield::sms
