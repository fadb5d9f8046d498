// Reading of JSON that somebody else wrote: what is missing or of another type is simply not there.
#pragma once

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <string_view>

namespace jackfield::sms {

inline const boost::json::object* object_at(const boost::json::object& in, std::string_view key) {
  const auto* value = in.if_contains(key);
  return value ? value->if_object() : nullptr;
}

inline const boost::json::array* array_at(const boost::json::object& in, std::string_view key) {
  const auto* value = in.if_contains(key);
  return value ? value->if_array() : nullptr;
}

inline std::string_view text_of(const boost::json::value& value) {
  const auto* text = value.if_string();
  return text ? std::string_view(*text) : std::string_view();
}

// Empty when it is missing, null or no string.
inline std::string_view text_at(const boost::json::object& in, std::string_view key) {
  const auto* value = in.if_contains(key);
  return value ? text_of(*value) : std::string_view();
}

inline std::int64_t number_at(const boost::json::object& in, std::string_view key, std::int64_t otherwise = 0) {
  const auto* value = in.if_contains(key);
  return value && value->is_int64() ? value->get_int64() : otherwise;
}

inline bool true_at(const boost::json::object& in, std::string_view key) {
  const auto* value = in.if_contains(key);
  return value && value->is_bool() && value->get_bool();
}

// An empty object for what is no JSON object.
inline boost::json::object parsed_object(std::string_view text) {
  boost::system::error_code error;
  auto value = boost::json::parse(text, error);
  return error || !value.is_object() ? boost::json::object() : std::move(value.get_object());
}

}  // namespace jackfield::sms
