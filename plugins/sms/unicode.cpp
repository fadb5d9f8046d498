#include "unicode.hpp"

#include <cstdint>

namespace jackfield::sms {
namespace {

constexpr char32_t replacement = 0xFFFD;

std::uint8_t octet(std::string_view text, std::size_t at) { return static_cast<std::uint8_t>(text[at]); }

// Octets of the sequence that starts so; 0: none does.
std::size_t sequence_length(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return 2;
  if (lead < 0xF0) return 3;
  return lead < 0xF5 ? 4 : 0;
}

bool is_allowed(char32_t character, std::size_t length) {
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  return character >= least[length] && character <= 0x10FFFF && !(character >= 0xD800 && character <= 0xDFFF);
}

}  // namespace

char32_t take_character(std::string_view& text) {
  const std::size_t length = sequence_length(octet(text, 0));
  const auto broken = [&] { return text.remove_prefix(1), replacement; };
  if (length == 0 || length > text.size()) return broken();
  char32_t character = length == 1 ? octet(text, 0) : octet(text, 0) & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((octet(text, i) & 0xC0) != 0x80) return broken();
    character = character << 6 | (octet(text, i) & 0x3Fu);
  }
  if (!is_allowed(character, length)) return broken();
  text.remove_prefix(length);
  return character;
}

void append_utf8(std::string& text, char32_t character) {
  const auto put = [&](char32_t byte) { text.push_back(static_cast<char>(byte)); };
  const auto more = [&](int shift) { put(0x80 | (character >> shift & 0x3F)); };
  if (character < 0x80) return put(character);
  if (character < 0x800) return put(0xC0 | character >> 6), more(0);
  if (character < 0x10000) return put(0xE0 | character >> 12), more(6), more(0);
  put(0xF0 | character >> 18), more(12), more(6), more(0);
}

void append_utf16be(std::string& octets, char32_t character) {
  const auto unit = [&](char32_t value) {
    octets.push_back(static_cast<char>(value >> 8));
    octets.push_back(static_cast<char>(value & 0xFF));
  };
  if (character <= 0xFFFF) return unit(character);
  unit(0xD800 + ((character - 0x10000) >> 10));
  unit(0xDC00 + ((character - 0x10000) & 0x3FF));
}

std::string utf16be_to_utf8(std::string_view octets) {
  std::string text;
  const auto unit = [&](std::size_t at) {
    return static_cast<char32_t>(octet(octets, at) << 8 | octet(octets, at + 1));
  };
  std::size_t at = 0;
  for (; at + 1 < octets.size(); at += 2) {
    char32_t character = unit(at);
    const bool high = character >= 0xD800 && character < 0xDC00;
    const bool low_follows = at + 3 < octets.size() && unit(at + 2) >= 0xDC00 && unit(at + 2) < 0xE000;
    if (high && low_follows) {
      character = 0x10000 + ((character - 0xD800) << 10) + (unit(at + 2) - 0xDC00);
      at += 2;
    } else if (character >= 0xD800 && character < 0xE000) {
      character = replacement;
    }
    append_utf8(text, character);
  }
  if (at < octets.size()) append_utf8(text, replacement);
  return text;
}

std::string utf8_to_utf16be(std::string_view text) {
  std::string octets;
  while (!text.empty()) append_utf16be(octets, take_character(text));
  return octets;
}

std::string latin1_to_utf8(std::string_view octets) {
  std::string text;
  for (const char each : octets) append_utf8(text, static_cast<std::uint8_t>(each));
  return text;
}

}  // namespace jackfield::sms
