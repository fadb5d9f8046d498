#include "imap_names.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "sasl.hpp"

namespace jackfield::email {
namespace {

bool is_printable(char c) { return c >= 0x20 && c < 0x7F; }

// The code point at the front, which is taken; U+FFFD for what is no UTF-8.
char32_t take_code_point(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
  char32_t point = length == 1 ? first : first & (0xFFu >> (length + 1));
  const bool valid = length <= text.size() && (length > 1 || first < 0x80);
  for (std::size_t i = 1; valid && i < length; ++i)
    point = (point << 6) | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  text.remove_prefix(valid ? length : 1);
  return valid ? point : U'\uFFFD';
}

void append_utf16(std::string& out, char32_t point) {
  const auto unit = [&](char32_t value) {
    out.push_back(static_cast<char>(value >> 8));
    out.push_back(static_cast<char>(value));
  };
  if (point < 0x10000) return unit(point);
  unit(0xD800 + ((point - 0x10000) >> 10));
  unit(0xDC00 + ((point - 0x10000) & 0x3FF));
}

// Base64 with a comma for the slash and without padding, between & and -.
std::string shifted(std::string_view utf16) {
  std::string text = base64(utf16);
  while (text.ends_with('=')) text.pop_back();
  std::replace(text.begin(), text.end(), '/', ',');
  return "&" + text + "-";
}

}  // namespace

bool fits_quoted(std::string_view text) { return std::all_of(text.begin(), text.end(), is_printable); }

std::string imap_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + "\"";
}

std::string imap_mailbox(std::string_view name) {
  std::string out, pending;
  while (!name.empty()) {
    if (!is_printable(name.front())) {
      append_utf16(pending, take_code_point(name));
      continue;
    }
    if (!pending.empty()) out += shifted(std::exchange(pending, {}));
    out.push_back(name.front());
    if (name.front() == '&') out.push_back('-');
    name.remove_prefix(1);
  }
  if (!pending.empty()) out += shifted(pending);
  return imap_quoted(out);
}

std::string uid_set(const std::vector<std::uint32_t>& uids) {
  std::string out;
  for (std::size_t at = 0; at < uids.size();) {
    std::size_t last = at;
    while (last + 1 < uids.size() && uids[last + 1] == uids[last] + 1) ++last;
    if (!out.empty()) out.push_back(',');
    out += std::to_string(uids[at]);
    if (last > at) out += ":" + std::to_string(uids[last]);
    at = last + 1;
  }
  return out;
}

std::vector<std::uint32_t> uids_of(std::string_view set, std::size_t most) {
  std::vector<std::uint32_t> out;
  while (!set.empty()) {
    const std::string_view range = set.substr(0, set.find(','));
    set.remove_prefix(std::min(range.size() + 1, set.size()));
    std::uint32_t first = 0, last = 0;
    const auto colon = std::min(range.find(':'), range.size());
    if (std::from_chars(range.data(), range.data() + colon, first).ec != std::errc()) continue;
    if (colon == range.size() ||
        std::from_chars(range.data() + colon + 1, range.data() + range.size(), last).ec != std::errc())
      last = first;
    for (std::uint64_t uid = first; uid <= last && out.size() < most; ++uid)
      out.push_back(static_cast<std::uint32_t>(uid));
  }
  return out;
}

}  // namespace jackfield::email
