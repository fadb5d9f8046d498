// Reading of JSON that somebody else wrote: what is missing or of another type is simply not there.
#pragma once

#include <boost/json/value.hpp>
#include <string_view>

namespace jackfield::twitter {

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

inline bool true_at(const boost::json::object& in, std::string_view key) {
  const auto* value = in.if_contains(key);
  return value && value->is_bool() && value->get_bool();
}

}  // namespace jackfield::twitter
