#include "json_write.hpp"

#include <array>
#include <charconv>
#include <chrono>

namespace jackfield::twitter {
namespace {

// 0: as it is; 'u': as \u00XX; else the letter after the backslash.
constexpr std::array<char, 256> escapes() {
  std::array<char, 256> table{};
  for (int c = 0; c < 0x20; ++c) table[c] = 'u';
  table['\b'] = 'b', table['\f'] = 'f', table['\n'] = 'n', table['\r'] = 'r', table['\t'] = 't';
  table['"'] = '"', table['\\'] = '\\', table[0x7f] = 'u';
  return table;
}
constexpr auto kEscapes = escapes();

void append_escape(std::string& out, unsigned char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '\\';
  out += kEscapes[c];
  if (kEscapes[c] != 'u') return;
  out += "00";
  out += kHex[c >> 4];
  out += kHex[c & 15];
}

void put_digits(char* at, int width, unsigned value) {
  for (int i = width - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (kEscapes[c] == 0) continue;
    out.append(text, from, i - from);
    append_escape(out, c);
    from = i + 1;
  }
  out.append(text, from, text.size() - from);
  out += '"';
}

void append_field(std::string& out, std::string_view key, std::string_view text) {
  out += ",\"";
  out += key;
  out += "\":";
  append_quoted(out, text);
}

void append_field_if(std::string& out, std::string_view key, std::string_view text) {
  if (!text.empty()) append_field(out, key, text);
}

std::string_view cut(std::string_view text, std::size_t most_bytes) {
  if (text.size() <= most_bytes) return text;
  while (most_bytes > 0 && (static_cast<unsigned char>(text[most_bytes]) & 0xC0) == 0x80) --most_bytes;
  return text.substr(0, most_bytes);
}

void append_time(std::string& out, std::int64_t unix_seconds) {
  using namespace std::chrono;
  const sys_seconds at{seconds{unix_seconds}};
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const auto second = static_cast<unsigned>((at - day).count());
  char text[] = "\"0000-00-00T00:00:00.000Z\"";
  put_digits(text + 1, 4, static_cast<unsigned>(static_cast<int>(date.year())));
  put_digits(text + 6, 2, static_cast<unsigned>(date.month()));
  put_digits(text + 9, 2, static_cast<unsigned>(date.day()));
  put_digits(text + 12, 2, second / 3600);
  put_digits(text + 15, 2, second / 60 % 60);
  put_digits(text + 18, 2, second % 60);
  out.append(text, sizeof text - 1);
}

void append_number(std::string& out, double number) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, number);
  out.append(text, end.ptr);
}

}  // namespace jackfield::twitter
