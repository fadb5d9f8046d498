// SPDX-License-Identifier: Apache-2.0
//
// json_write.hpp: writing of JSON straight into a string, as events are: once, and never held as a tree. Standard
// library only; not included by jackfield.hpp. All functions: [any].
#ifndef JACKFIELD_JSON_WRITE_HPP
#define JACKFIELD_JSON_WRITE_HPP

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace jackfield::sdk {
namespace detail {

// 0: as it is; 'u': as \u00XX; else the letter after the backslash.
constexpr std::array<char, 256> json_escapes() {
  std::array<char, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = 'u';
  table['\b'] = 'b', table['\f'] = 'f', table['\n'] = 'n', table['\r'] = 'r', table['\t'] = 't';
  table['"'] = '"', table['\\'] = '\\', table[0x7f] = 'u';
  return table;
}
inline constexpr auto kJsonEscapes = json_escapes();

inline void append_escape(std::string& out, unsigned char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '\\';
  out += kJsonEscapes[c];
  if (kJsonEscapes[c] != 'u') return;
  out += "00";
  out += kHex[c >> 4];
  out += kHex[c & 15];
}

inline void put_digits(char* at, int width, unsigned value) {
  for (int i = width - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

}  // namespace detail

// The text (UTF-8) as a JSON string, quotes included.
inline void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (detail::kJsonEscapes[c] == 0) continue;
    out.append(text, from, i - from);
    detail::append_escape(out, c);
    from = i + 1;
  }
  out.append(text, from, text.size() - from);
  out += '"';
}

// ,"key":"text" — the key as it is, it needs no escapes.
inline void append_field(std::string& out, std::string_view key, std::string_view text) {
  out += ",\"";
  out += key;
  out += "\":";
  append_quoted(out, text);
}

// The same, but nothing at all for an empty text.
inline void append_field_if(std::string& out, std::string_view key, std::string_view text) {
  if (!text.empty()) append_field(out, key, text);
}

// At most that many bytes of it, cut between characters.
inline std::string_view cut(std::string_view text, std::size_t most_bytes) {
  if (text.size() <= most_bytes) return text;
  while (most_bytes > 0 && (static_cast<unsigned char>(text[most_bytes]) & 0xC0) == 0x80) --most_bytes;
  return text.substr(0, most_bytes);
}

// Unix seconds as "2026-11-21T09:30:00.000Z", quotes included. For 1970 to 9999.
inline void append_time(std::string& out, std::int64_t unix_seconds) {
  using namespace std::chrono;
  const sys_seconds at{seconds{unix_seconds}};
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const auto second = static_cast<unsigned>((at - day).count());
  char text[] = "\"0000-00-00T00:00:00.000Z\"";
  detail::put_digits(text + 1, 4, static_cast<unsigned>(static_cast<int>(date.year())));
  detail::put_digits(text + 6, 2, static_cast<unsigned>(date.month()));
  detail::put_digits(text + 9, 2, static_cast<unsigned>(date.day()));
  detail::put_digits(text + 12, 2, second / 3600);
  detail::put_digits(text + 15, 2, second / 60 % 60);
  detail::put_digits(text + 18, 2, second % 60);
  out.append(text, sizeof text - 1);
}

// The shortest form that reads back as the same number.
inline void append_number(std::string& out, double number) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, number);
  out.append(text, end.ptr);
}

}  // namespace jackfield::sdk

#endif
