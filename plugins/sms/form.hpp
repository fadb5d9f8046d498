// application/x-www-form-urlencoded bodies (WHATWG URL, section 5). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::sms {

struct FormField {
  std::string name, value;  // decoded
};
using Form = std::vector<FormField>;

inline constexpr std::size_t kMostFormFields = 2000;

// In the order of the text. A broken escape stays as it is. nullopt: too many fields.
std::optional<Form> parse_form(std::string_view text);

// The first of that name; empty when there is none.
std::string_view value_at(const Form& form, std::string_view name);

void append_field(std::string& body, std::string_view name, std::string_view value);

// One value of a query or a piece of a path: only unreserved characters stay as they are.
std::string percent_encoded(std::string_view text);

}  // namespace jackfield::sms
