#include "delivery_status.hpp"

#include <algorithm>

#include "ascii.hpp"
#include "charset.hpp"
#include "mail_envelope.hpp"

namespace jackfield::email {
namespace {

constexpr std::size_t most_groups = 100, most_fields = 100, longest_value = 1000;

std::size_t count_digits(std::string_view text, std::size_t at) {
  std::size_t count = 0;
  while (at + count < text.size() && is_digit(text[at + count])) ++count;
  return count;
}

bool is_inside_word(std::string_view text, std::size_t at) {
  return at > 0 && (is_digit(text[at - 1]) || is_letter(text[at - 1]) || text[at - 1] == '.');
}

}  // namespace

std::vector<FieldGroup> read_field_groups(std::string_view text) {
  std::vector<FieldGroup> groups(1);
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    FieldGroup& group = groups.back();
    if (trim(line).empty()) {
      if (groups.size() == most_groups) break;
      if (!group.empty()) groups.emplace_back();
    } else if ((line.front() == ' ' || line.front() == '\t') && !group.empty()) {
      std::string& value = group.back().second;
      if (value.size() < longest_value) value += " " + std::string(trim(line));
    } else if (const auto colon = line.find(':'); colon != std::string_view::npos && group.size() < most_fields) {
      group.emplace_back(lower_case(trim(line.substr(0, colon))),
                         std::string(trim(line.substr(colon + 1)).substr(0, longest_value)));
    }
  }
  if (groups.back().empty()) groups.pop_back();
  return groups;
}

std::string field(const FieldGroup& group, std::string_view lower_name) {
  const auto found =
      std::find_if(group.begin(), group.end(), [&](const auto& each) { return each.first == lower_name; });
  return found == group.end() ? std::string() : found->second;
}

std::string typed_value(const std::string& value) {
  const auto semicolon = value.find(';');
  std::string_view plain = trim(std::string_view(value).substr(semicolon == std::string::npos ? 0 : semicolon + 1));
  if (plain.starts_with('<') && plain.ends_with('>')) plain = plain.substr(1, plain.size() - 2);
  return clean_line(to_utf8(plain, "utf-8"), 1000);
}

std::string enhanced_code(std::string_view text) {
  for (std::size_t i = 0; i + 5 <= text.size(); ++i) {
    if ((text[i] != '2' && text[i] != '4' && text[i] != '5') || text[i + 1] != '.' || is_inside_word(text, i)) continue;
    const std::size_t subject = count_digits(text, i + 2), dot = i + 2 + subject;
    if (subject < 1 || subject > 3 || dot >= text.size() || text[dot] != '.') continue;
    const std::size_t detail = count_digits(text, dot + 1), end = dot + 1 + detail;
    if (detail < 1 || detail > 3 || (end < text.size() && (text[end] == '.' && count_digits(text, end + 1) > 0)))
      continue;
    return std::string(text.substr(i, end - i));
  }
  return {};
}

std::string smtp_code(std::string_view text) {
  for (std::size_t i = 0; i + 4 <= text.size(); ++i) {
    if ((text[i] != '4' && text[i] != '5') || is_inside_word(text, i) || count_digits(text, i) != 3) continue;
    if (text[i + 1] <= '5' && (text[i + 3] == ' ' || text[i + 3] == '-')) return std::string(text.substr(i, 3));
  }
  return {};
}

std::string error_class_of(std::string_view code) {
  if (code.starts_with("4")) return "unavailable";
  if (code.starts_with("5.1.") || code == "550" || code == "551" || code == "553") return "recipient";
  if (code == "5.2.1" || code == "5.2.0" || code == "5.4.1") return "recipient";  // 5.4.1: what Exchange says
  if (code == "5.2.2" || code == "552" || code.starts_with("5.4.")) return "unavailable";
  if (code.starts_with("5.3.4") || code.starts_with("5.2.3") || code.starts_with("5.6.") || code.starts_with("5.7.") ||
      code == "554")
    return "content";
  return "recipient";
}

}  // namespace jackfield::email
