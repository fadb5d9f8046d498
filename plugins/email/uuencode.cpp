#include "uuencode.hpp"

#include <optional>
#include <utility>

#include "ascii.hpp"

namespace jackfield::email {
namespace {

constexpr std::size_t most_files = 100;

// The name of "begin 644 name".
std::optional<std::string_view> begins_file(std::string_view line) {
  if (!line.starts_with("begin ") || line.size() < 11) return std::nullopt;
  line.remove_prefix(6);
  std::size_t digits = 0;
  while (digits < line.size() && line[digits] >= '0' && line[digits] <= '7') ++digits;
  if (digits < 3 || digits > 4 || digits >= line.size() || line[digits] != ' ') return std::nullopt;
  const std::string_view name = trim(line.substr(digits));
  return name.empty() ? std::nullopt : std::optional(name);
}

unsigned value_of(char c) { return (static_cast<unsigned char>(c) - 0x20u) & 0x3Fu; }

bool decode_line(std::string_view line, std::string& out) {
  const std::size_t count = value_of(line.front()), letters = (count + 2) / 3 * 4;
  line.remove_prefix(1);
  if (line.size() > letters + 2) return false;
  std::size_t left = count;
  for (std::size_t at = 0; left > 0; at += 4) {
    unsigned bits = 0;  // blanks at the end of a line are often lost: they count as blanks
    for (std::size_t i = at; i < at + 4; ++i) bits = bits << 6 | (i < line.size() ? value_of(line[i]) : 0);
    for (int shift = 16; shift >= 0 && left > 0; shift -= 8, --left) out += static_cast<char>(bits >> shift & 0xFF);
  }
  return true;
}

// The lines up to "end"; rest is then behind them. Nothing when a line is none of such a file.
std::optional<std::string> decode_file(std::string_view& rest) {
  std::string bytes;
  for (std::string_view text = rest; !text.empty();) {
    const std::string_view line = take_line(text);
    if (line == "end") {
      rest = text;
      return bytes;
    }
    if (line.empty() || line == "`") continue;
    if (line.front() < 0x20 || line.front() > 0x60 || !decode_line(line, bytes)) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::vector<UuFile> take_uuencoded(std::string& text) {
  std::vector<UuFile> files;
  if (text.find("begin ") == std::string::npos || text.find("\nend") == std::string::npos) return files;
  std::string kept;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view before = rest;
    const std::string_view line = take_line(rest);
    const auto name = files.size() < most_files ? begins_file(line) : std::nullopt;
    auto bytes = name ? decode_file(rest) : std::nullopt;
    if (bytes)
      files.push_back({std::string(*name), std::move(*bytes)});
    else
      kept += before.substr(0, before.size() - rest.size());
  }
  if (!files.empty()) text = std::move(kept);
  return files;
}

}  // namespace jackfield::email
