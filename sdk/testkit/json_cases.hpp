// Tests with GoogleTest as files: each case is a JSON object whose last members are what is expected. With
// JACKFIELD_UPDATE=1 in the environment they are written anew; look at the difference before you commit it.
//
//   INSTANTIATE_TEST_SUITE_P(Files, DecodeCase, testing::ValuesIn(testkit::cases_in(TESTDATA "/decode")),
//                            testkit::case_label);
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
#include <string>
#include <utility>
#include <vector>

namespace jackfield::testkit {

namespace json = boost::json;

// The files *.json of the folder, in order.
inline std::vector<std::string> cases_in(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& file : std::filesystem::directory_iterator(folder))
    if (file.path().extension() == ".json") files.push_back(file.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

inline json::object read_case(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return json::parse(text.str()).as_object();
}

// One member or entry a line, as far as it does not fit on one.
inline void print_json(std::ostream& out, const json::value& value, std::size_t indent) {
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
      print_json(out, member.value(), indent + 2);
    }
  if (const auto* array = value.if_array())
    for (const auto& entry : *array) {
      out << std::exchange(between, ",\n") << margin;
      print_json(out, entry, indent + 2);
    }
  out << '\n' << std::string(indent, ' ') << (value.is_object() ? '}' : ']');
}

// Compares what a case expects under these names with what came out; names of null are left out.
inline void check_case(const std::string& path, json::object expected, const json::object& actual) {
  json::object with_actual = expected;
  for (const auto& member : actual) {
    with_actual.erase(member.key());
    if (!member.value().is_null()) with_actual[member.key()] = member.value();
  }
  if (const char* update = std::getenv("JACKFIELD_UPDATE"); update && *update == '1') {
    std::ofstream out(path);
    print_json(out, with_actual, 0);
    out << '\n';
    return;
  }
  EXPECT_TRUE(expected == with_actual) << path << " is:\n" << json::serialize(with_actual);
}

inline std::string case_label(const testing::TestParamInfo<std::string>& info) {
  std::string label = std::filesystem::path(info.param).stem().string();
  std::replace_if(
      label.begin(), label.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return label;
}

}  // namespace jackfield::testkit
