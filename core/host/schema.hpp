// How the settings' schema is walked; for settings.cpp and settings_split.cpp only.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>

namespace jackfield::host::schema {

std::string below(const std::string& pointer, std::string_view key);  // the pointer to that key, escaped
bool is_secret(const boost::json::object& schema);
// Null: there is none.
const boost::json::object* object_at(const boost::json::object& schema, std::string_view key);
const boost::json::array* branches_of(const boost::json::object& schema);
// The schema with the branch of its oneOf or anyOf laid over it that suits the value best; without branches, the
// schema.
boost::json::object fitted(const boost::json::object& schema, const boost::json::value& value);

}  // namespace jackfield::host::schema
