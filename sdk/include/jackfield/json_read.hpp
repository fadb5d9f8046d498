// SPDX-License-Identifier: Apache-2.0
//
// json_read.hpp: reading of JSON that somebody else wrote: what is missing or of another type is simply not there.
// Needs Boost.JSON (1.81 or later), which the connector links; not included by jackfield.hpp. All functions: [any].
#ifndef JACKFIELD_JSON_READ_HPP
#define JACKFIELD_JSON_READ_HPP

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "jackfield/json_write.hpp"

namespace jackfield::sdk {

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

namespace detail {

// The number of the escape \uXXXX that begins there, -1: there is none.
inline int unicode_escape(std::string_view text, std::size_t at) {
  if (text.size() < at + 6 || text[at] != '\\' || text[at + 1] != 'u') return -1;
  int number = 0;
  const char* const end = text.data() + at + 6;
  return std::from_chars(text.data() + at + 2, end, number, 16).ptr == end ? number : -1;
}

}  // namespace detail

// The same JSON with U+FFFD for each escaped half of a surrogate pair that stands alone. Some providers cut texts
// between the halves of an emoji; parsers refuse the whole body then.
inline std::string without_lone_surrogates(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t i = 0; i < json.size();) {
    const int number = json[i] == '\\' ? detail::unicode_escape(json, i) : -1;
    const int next = number >= 0xD800 && number < 0xDC00 ? detail::unicode_escape(json, i + 6) : -1;
    const bool pair = next >= 0xDC00 && next < 0xE000;
    const bool lone = number >= 0xD800 && number < 0xE000 && !pair;
    const std::size_t taken = pair ? 12 : number >= 0 ? 6 : json[i] == '\\' ? 2 : 1;
    out += lone ? "\\ufffd" : json.substr(i, taken);
    i += taken;
  }
  return out;
}

// Parses; what fails is tried once more without lone surrogates. error is the first try's when both fail.
inline boost::json::value parse_provider_json(std::string_view text, boost::system::error_code& error,
                                              boost::json::storage_ptr memory = {}) {
  auto value = boost::json::parse(text, error, memory);
  if (!error) return value;
  boost::system::error_code again;
  auto repaired = boost::json::parse(without_lone_surrogates(text), again, std::move(memory));
  if (!again) error = {};
  return repaired;
}

// An empty object for what is no JSON object.
inline boost::json::object parsed_object(std::string_view text) {
  boost::system::error_code error;
  auto value = parse_provider_json(text, error);
  return error || !value.is_object() ? boost::json::object() : std::move(value.get_object());
}

// Boost.JSON's parser refuses what is no UTF-8 inside strings; a quoted copy tells whether that is so.
inline bool is_utf8(std::string_view text) {
  std::string quoted;
  append_quoted(quoted, text);
  boost::system::error_code error;
  boost::json::parse(quoted, error);
  return !error;
}

}  // namespace jackfield::sdk

#endif
