// Tests as files: each case is a JSON object whose last members are what is expected. With JACKFIELD_UPDATE=1 in the
// environment they are written anew; look at the difference before you commit it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace jackfield::twitter {

namespace json = boost::json;

inline std::vector<std::string> cases_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(std::string(TWITTER_TESTDATA) + "/" + folder))
    names.push_back(folder + "/" + file.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

inline std::string file_of(const std::string& name) { return std::string(TWITTER_TESTDATA) + "/" + name + ".json"; }

inline json::object read_case(const std::string& name) {
  std::ifstream in(file_of(name));
  std::stringstream text;
  text << in.rdbuf();
  return json::parse(text.str()).as_object();
}

// One member or entry a line, as far as it does not fit on one.
inline void print(std::ostream& out, const json::value& value, std::size_t indent) {
  const std::string line = json::serialize(value);
  const bool empty = line == "{}" || line == "[]";
  if (!value.is_structured() || empty || line.size() + indent <= 100) {
    out << line;
    return;
  }
  const std::string margin(indent + 2, ' ');
  const char* between = "\n";
  out << (value.is_object() ? '{' : '[');
  if (const auto* object = value.if_object())
    for (const auto& member : *object) {
      out << std::exchange(between, ",\n") << margin << json::serialize(json::value(member.key())) << ": ";
      print(out, member.value(), indent + 2);
    }
  if (const auto* array = value.if_array())
    for (const auto& entry : *array) {
      out << std::exchange(between, ",\n") << margin;
      print(out, entry, indent + 2);
    }
  out << '\n' << std::string(indent, ' ') << (value.is_object() ? '}' : ']');
}

// Compares what a case expects under these names with what came out; names of null are left out.
inline void check_case(const std::string& name, json::object expected, const json::object& actual) {
  json::object with_actual = expected;
  for (const auto& member : actual) {
    with_actual.erase(member.key());
    if (!member.value().is_null()) with_actual[member.key()] = member.value();
  }
  if (const char* update = std::getenv("JACKFIELD_UPDATE"); update && *update == '1') {
    std::ofstream out(file_of(name));
    print(out, with_actual, 0);
    out << '\n';
    return;
  }
  EXPECT_TRUE(expected == with_actual) << name << " is:\n" << json::serialize(with_actual);
}

inline std::string case_label(const testing::TestParamInfo<std::string>& info) {
  std::string label = info.param.substr(info.param.find('/') + 1);
  std::replace_if(
      label.begin(), label.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return label;
}

}  // namespace jackfield::twitter
