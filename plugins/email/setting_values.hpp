// Values of settings by their names, from JSON. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::email {

std::string text_of(const boost::json::object& object, std::string_view key);  // empty: not there
const boost::json::object* object_of(const boost::json::object& object, std::string_view key);
std::vector<std::string> texts_of(const boost::json::object& object, std::string_view key);  // also of a single text
std::size_t number_of(const boost::json::object& object, std::string_view key, std::size_t otherwise);

// 26214400 or "25MiB"; nothing when it is neither.
std::optional<std::size_t> read_size(const boost::json::value& value);
// "90s", "5m", "4h", "7d" in milliseconds.
std::optional<std::int64_t> read_duration(std::string_view text);

}  // namespace jackfield::email
