// A channel's settings against the schema of its connector's manifest. The schema is a subset of JSON Schema 2020-12:
// type, properties, required, additionalProperties, enum, const, pattern (RE2), minimum, maximum, minLength, maxLength,
// minItems, maxItems, items, oneOf, anyOf (the branch that fits best), default, and "secret": true for a string kept
// apart. A property not named is a problem unless additionalProperties allows it.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <string>
#include <vector>

#include "host/host.hpp"

namespace jackfield::host {

// Why the schema itself cannot be used; empty: it can.
std::string schema_problem(const boost::json::object& schema);

std::vector<SettingsProblem> check_against_schema(const boost::json::object& schema,
                                                  const boost::json::object& settings);

struct SplitSettings {
  boost::json::object open;                                 // defaults filled in, secrets left out
  std::map<std::string, std::vector<std::string>> secrets;  // by JSON pointer; a list has several values
};
// For settings that the check finds no problem with.
SplitSettings split_settings(const boost::json::object& schema, const boost::json::object& settings);
// The same, with secrets as "" in their places: what validate gets to see.
boost::json::object blanked_settings(const boost::json::object& schema, const boost::json::object& settings);

// The value of a top-level setting as text ("1000001" also for a number); empty: not there.
std::string setting_text(const boost::json::object& settings, std::string_view name);

}  // namespace jackfield::host
