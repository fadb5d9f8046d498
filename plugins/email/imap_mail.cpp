#include "imap_mail.hpp"

#include <algorithm>

namespace jackfield::email {
namespace {

constexpr std::size_t most_header = 256 * 1024;
constexpr std::size_t most_traced = 20;

// The next field with its folded lines and line end; empty at the end of the header.
std::string_view take_field(std::string_view& header) {
  std::size_t end = 0;
  do {
    const auto line_end = header.find('\n', end);
    end = line_end == std::string_view::npos ? header.size() : line_end + 1;
  } while (end < header.size() && (header[end] == ' ' || header[end] == '\t'));
  const std::string_view field = header.substr(0, end);
  if (field == "\r\n" || field == "\n") return {};
  header.remove_prefix(end);
  return field;
}

bool is_named(std::string_view field, std::string_view name) {
  return field.size() > name.size() && field[name.size()] == ':' && lower_case(field.substr(0, name.size())) == name;
}

std::string value_of(std::string_view field) {
  std::string value(field.substr(field.find(':') + 1));
  std::erase_if(value, [](char c) { return c == '\r' || c == '\n' || c == ' ' || c == '\t'; });
  if (value.starts_with('<') && value.ends_with('>')) value = value.substr(1, value.size() - 2);
  return value;
}

bool describes_body(std::string_view field) {
  return lower_case(field.substr(0, 8)) == "content-" || is_named(field, "mime-version");
}

}  // namespace

Envelope traced_envelope(std::string_view mail) {
  Envelope out;
  std::string_view header = mail.substr(0, most_header);
  out.known = false;
  for (auto field = take_field(header); !field.empty(); field = take_field(header)) {
    if (is_named(field, "return-path") && !out.known) {  // the topmost is the last hop's
      out.known = true;
      out.from = value_of(field);
      if (!is_mail_address(out.from)) out.from.clear();
    }
    if (!is_named(field, "delivered-to") && !is_named(field, "x-original-to")) continue;
    const std::string address = value_of(field);
    const bool seen = std::find(out.to.begin(), out.to.end(), address) != out.to.end();
    if (is_mail_address(address) && !seen && out.to.size() < most_traced) out.to.push_back(address);
  }
  return out;
}

std::string header_only_mail(std::string_view header, std::string_view notice) {
  std::string out;
  for (auto field = take_field(header); !field.empty(); field = take_field(header))
    if (!describes_body(field)) out += field;
  if (!out.empty() && !out.ends_with('\n')) out += "\r\n";
  out += "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n";
  return out.append(notice) + "\r\n";
}

}  // namespace jackfield::email
