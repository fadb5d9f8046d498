#include "gsm_alphabet.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "unicode.hpp"

namespace jackfield::sms {
namespace {

constexpr char32_t basic[128] = {
    0x40,  0xA3, 0x24,  0xA5,  0xE8,  0xE9,  0xF9,  0xEC,  0xF2,  0xC7,  0x0A,  0xD8, 0xF8, 0x0D, 0xC5, 0xE5,  //
    0x394, 0x5F, 0x3A6, 0x393, 0x39B, 0x3A9, 0x3A0, 0x3A8, 0x3A3, 0x398, 0x39E, 0,    0xC6, 0xE6, 0xDF, 0xC9,  //
    0x20,  0x21, 0x22,  0x23,  0xA4,  0x25,  0x26,  0x27,  0x28,  0x29,  0x2A,  0x2B, 0x2C, 0x2D, 0x2E, 0x2F,  //
    0x30,  0x31, 0x32,  0x33,  0x34,  0x35,  0x36,  0x37,  0x38,  0x39,  0x3A,  0x3B, 0x3C, 0x3D, 0x3E, 0x3F,  //
    0xA1,  0x41, 0x42,  0x43,  0x44,  0x45,  0x46,  0x47,  0x48,  0x49,  0x4A,  0x4B, 0x4C, 0x4D, 0x4E, 0x4F,  //
    0x50,  0x51, 0x52,  0x53,  0x54,  0x55,  0x56,  0x57,  0x58,  0x59,  0x5A,  0xC4, 0xD6, 0xD1, 0xDC, 0xA7,  //
    0xBF,  0x61, 0x62,  0x63,  0x64,  0x65,  0x66,  0x67,  0x68,  0x69,  0x6A,  0x6B, 0x6C, 0x6D, 0x6E, 0x6F,  //
    0x70,  0x71, 0x72,  0x73,  0x74,  0x75,  0x76,  0x77,  0x78,  0x79,  0x7A,  0xE4, 0xF6, 0xF1, 0xFC, 0xE0};

struct Extended {
  std::uint8_t code;
  char32_t character;
};
constexpr Extended extension[] = {{0x0A, 0x0C}, {0x14, U'^'}, {0x28, U'{'}, {0x29, U'}'}, {0x2F, U'\\'},
                                  {0x3C, U'['}, {0x3D, U'~'}, {0x3E, U']'}, {0x40, U'|'}, {0x65, 0x20AC}};

constexpr std::uint8_t absent = 0xFF;

// Septets of the characters below U+0400, so that encoding needs no search.
constexpr std::array<std::uint8_t, 0x400> reverse = [] {
  std::array<std::uint8_t, 0x400> codes{};
  codes.fill(absent);
  for (std::size_t code = 0; code < std::size(basic); ++code)
    if (code != gsm_escape) codes[basic[code]] = static_cast<std::uint8_t>(code);
  return codes;
}();

std::uint8_t basic_code(char32_t character) { return character < reverse.size() ? reverse[character] : absent; }

std::uint8_t extension_code(char32_t character) {
  const auto* found =
      std::find_if(std::begin(extension), std::end(extension), [&](const auto& e) { return e.character == character; });
  return found == std::end(extension) ? absent : found->code;
}

char32_t extended(std::uint8_t code) {
  const auto* found =
      std::find_if(std::begin(extension), std::end(extension), [&](const auto& e) { return e.code == code; });
  return found == std::end(extension) ? basic[code] : found->character;
}

struct StandIn {
  char32_t character;
  std::u32string_view text;
};
// What editors and phones put into texts without being asked to.
constexpr StandIn stand_ins[] = {{0x60, U"'"},    {0xA0, U" "},    {0xAB, U"\""},   {0xB4, U"'"},   {0xBB, U"\""},
                                 {0x2002, U" "},  {0x2003, U" "},  {0x2009, U" "},  {0x200B, U""},  {0x2010, U"-"},
                                 {0x2011, U"-"},  {0x2012, U"-"},  {0x2013, U"-"},  {0x2014, U"-"}, {0x2015, U"-"},
                                 {0x2018, U"'"},  {0x2019, U"'"},  {0x201A, U"'"},  {0x201B, U"'"}, {0x201C, U"\""},
                                 {0x201D, U"\""}, {0x201E, U"\""}, {0x201F, U"\""}, {0x2022, U"-"}, {0x2026, U"..."},
                                 {0x202F, U" "},  {0x2032, U"'"},  {0x2033, U"\""}, {0x2039, U"<"}, {0x203A, U">"},
                                 {0x2212, U"-"},  {0xFEFF, U""},   {0x9, U" "}};

}  // namespace

std::size_t gsm_width(char32_t character) {
  if (basic_code(character) != absent) return 1;
  return extension_code(character) != absent ? 2 : 0;
}

bool append_gsm(std::string& septets, char32_t character) {
  std::uint8_t code = basic_code(character);
  if (code == absent) {
    code = extension_code(character);
    if (code == absent) return false;
    septets.push_back(static_cast<char>(gsm_escape));
  }
  septets.push_back(static_cast<char>(code));
  return true;
}

std::string gsm_to_utf8(std::string_view septets) {
  std::string text;
  for (std::size_t at = 0; at < septets.size(); ++at) {
    auto code = static_cast<std::uint8_t>(septets[at]);
    if (code == gsm_escape && at + 1 == septets.size()) {
      text.push_back(' ');
    } else if (code == gsm_escape) {
      code = static_cast<std::uint8_t>(septets[++at]);
      append_utf8(text, code == gsm_escape ? U' ' : code > 0x7F ? 0xFFFD : extended(code));
    } else {
      append_utf8(text, code > 0x7F ? 0xFFFD : basic[code]);
    }
  }
  return text;
}

std::optional<std::u32string_view> gsm_stand_in(char32_t character) {
  const auto* found =
      std::find_if(std::begin(stand_ins), std::end(stand_ins), [&](const auto& s) { return s.character == character; });
  if (found == std::end(stand_ins)) return std::nullopt;
  return found->text;
}

}  // namespace jackfield::sms
