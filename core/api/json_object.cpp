#include "api/json_object.hpp"

#include <charconv>
#include <cmath>

#include "model/json.hpp"

namespace jackfield::api {

std::string& JsonObject::key(std::string_view name) {
  if (!first_) out_ += ',';
  first_ = false;
  append_string(out_, name);
  out_ += ':';
  return out_;
}

void JsonObject::text(std::string_view name, std::string_view value) { append_string(key(name), value); }

void JsonObject::text_or_null(std::string_view name, std::string_view value) {
  if (value.empty()) return raw(name, "null");
  text(name, value);
}

void JsonObject::id(std::string_view name, Id value) {
  if (!value) return raw(name, "null");
  text(name, to_string(value));
}

void JsonObject::time(std::string_view name, Time value) { append_time(key(name), value); }

void JsonObject::number(std::string_view name, double value) {
  if (!std::isfinite(value)) return raw(name, "null");
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  raw(name, {digits, static_cast<std::size_t>(end - digits)});
}

void JsonObject::members(std::string_view object) {
  if (object.size() <= 2) return;
  if (!first_) out_ += ',';
  first_ = false;
  out_ += object.substr(1, object.size() - 2);
}

}  // namespace jackfield::api
