#include "html_style.hpp"

#include <algorithm>
#include <iterator>

#include "ascii.hpp"
#include "mail_envelope.hpp"

namespace jackfield::email {
namespace {

constexpr std::size_t longest_style = 4096, longest_value = 200;

// Sorted. Those that end in '-' stand for all that begin so.
bool is_allowed(std::string_view property) {
  static constexpr std::string_view names[] = {"background-color",
                                               "border-collapse",
                                               "border-spacing",
                                               "clear",
                                               "color",
                                               "direction",
                                               "float",
                                               "font",
                                               "height",
                                               "letter-spacing",
                                               "line-height",
                                               "list-style-type",
                                               "margin",
                                               "max-height",
                                               "max-width",
                                               "min-height",
                                               "min-width",
                                               "padding",
                                               "table-layout",
                                               "text-align",
                                               "text-decoration",
                                               "text-indent",
                                               "text-transform",
                                               "unicode-bidi",
                                               "vertical-align",
                                               "white-space",
                                               "width"};
  static constexpr std::string_view families[] = {"border", "font-", "margin-", "padding-"};
  if (property.find("image") != std::string_view::npos) return false;
  if (property.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") != std::string_view::npos) return false;
  return std::binary_search(std::begin(names), std::end(names), property) ||
         std::any_of(std::begin(families), std::end(families),
                     [&](auto family) { return property.starts_with(family); });
}

bool is_value_character(char c) {
  return is_letter(c) || is_digit(c) || std::string_view(" #%.,-'\"!()/+").find(c) != std::string_view::npos ||
         static_cast<unsigned char>(c) > 0x7F;
}

// Colours are the only functions; a negative length could pull its element over what is outside.
bool is_safe_value(std::string_view property, std::string_view value) {
  if (value.empty() || value.size() > longest_value) return false;
  if (!std::all_of(value.begin(), value.end(), is_value_character) || value.find("/*") != std::string_view::npos)
    return false;
  for (auto at = value.find('('); at != std::string_view::npos; at = value.find('(', at + 1)) {
    const std::string before = lower_case(value.substr(at > 4 ? at - 4 : 0, at > 4 ? 4 : at));
    if (!before.ends_with("rgb") && !before.ends_with("rgba") && !before.ends_with("hsl") && !before.ends_with("hsla"))
      return false;
  }
  const bool length = !property.starts_with("font-") && !property.starts_with("text-decoration");
  for (std::size_t i = 0; length && i + 1 < value.size(); ++i)
    if (value[i] == '-' && (is_digit(value[i + 1]) || value[i + 1] == '.')) return false;
  return true;
}

}  // namespace

std::string safe_style(std::string_view style) {
  std::string out;
  if (style.size() > longest_style) return out;
  while (!style.empty()) {
    const std::string_view declaration = style.substr(0, style.find(';'));
    style.remove_prefix(std::min(declaration.size() + 1, style.size()));
    const auto colon = declaration.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string property = lower_case(trim(declaration.substr(0, colon)));
    const std::string_view value = trim(declaration.substr(colon + 1));
    if (!is_allowed(property) || !is_safe_value(property, value)) continue;
    if (!out.empty()) out += ';';
    out += property;
    out += ':';
    out += value;
  }
  return out;
}

}  // namespace jackfield::email
