#include "form.hpp"

#include <jackfield/values.hpp>

namespace jackfield::sms {

std::optional<Form> parse_form(std::string_view text) {
  Form form;
  while (!text.empty()) {
    const auto end = text.find('&');
    const auto pair = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (pair.empty()) continue;
    if (form.size() == kMostFormFields) return std::nullopt;
    const auto equals = pair.find('=');
    const auto value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    form.push_back({sdk::decode_query(pair.substr(0, equals)), sdk::decode_query(value)});
  }
  return form;
}

std::string_view value_at(const Form& form, std::string_view name) {
  for (const auto& field : form)
    if (field.name == name) return field.value;
  return {};
}

std::string percent_encoded(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const unsigned char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                       c == '_' || c == '.' || c == '~';
    if (plain)
      out += static_cast<char>(c);
    else
      out += {'%', kHex[c >> 4], kHex[c & 15]};
  }
  return out;
}

void append_field(std::string& body, std::string_view name, std::string_view value) {
  if (!body.empty()) body += '&';
  body += percent_encoded(name) + '=' + percent_encoded(value);
}

}  // namespace jackfield::sms
