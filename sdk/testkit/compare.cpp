#include "compare.hpp"

#include <boost/json/serialize.hpp>

namespace jackfield::testkit {
namespace json = boost::json;
namespace {

void compare_objects(const std::string& where, const json::object& expected, const json::object& got,
                     std::vector<std::string>& problems) {
  for (const auto& [key, value] : expected) {
    const std::string place = where + "." + std::string(key);
    if (const auto* other = got.if_contains(key)) {
      compare(place, value, *other, problems);
    } else {
      problems.push_back(place + ": expected " + json::serialize(value) + ", got nothing");
    }
  }
  for (const auto& [key, value] : got) {
    if (!expected.contains(key))
      problems.push_back(where + "." + std::string(key) + ": got " + json::serialize(value) + ", expected nothing");
  }
}

void compare_arrays(const std::string& where, const json::array& expected, const json::array& got,
                    std::vector<std::string>& problems) {
  for (std::size_t i = 0; i < std::max(expected.size(), got.size()); ++i) {
    const std::string place = where + "[" + std::to_string(i) + "]";
    if (i >= got.size()) {
      problems.push_back(place + ": expected " + json::serialize(expected[i]) + ", got nothing");
    } else if (i >= expected.size()) {
      problems.push_back(place + ": got " + json::serialize(got[i]) + ", expected nothing");
    } else {
      compare(place, expected[i], got[i], problems);
    }
  }
}

// The elements of an array or the members of an object, one a line.
template <class Range, class Write>
std::string lines(const Range& range, char open, char close, std::size_t indent, Write write) {
  std::string out(1, open);
  bool first = true;
  for (const auto& item : range) {
    out.append(first ? "\n" : ",\n").append(indent + 2, ' ').append(write(item));
    first = false;
  }
  return out.append("\n").append(indent, ' ').append(1, close);
}

std::string one_line(const json::value& value) {
  std::string out;
  if (value.is_array()) {
    for (const auto& item : value.get_array()) out.append(out.empty() ? "" : ", ").append(one_line(item));
    return "[" + out + "]";
  }
  if (!value.is_object()) return json::serialize(value);
  for (const auto& [key, item] : value.get_object()) {
    out.append(out.empty() ? "" : ", ").append(json::serialize(json::value(key))).append(": ").append(one_line(item));
  }
  return "{" + out + "}";
}

}  // namespace

void compare(const std::string& where, const json::value& expected, const json::value& got,
             std::vector<std::string>& problems) {
  if (expected.is_object() && got.is_object())
    return compare_objects(where, expected.get_object(), got.get_object(), problems);
  if (expected.is_array() && got.is_array())
    return compare_arrays(where, expected.get_array(), got.get_array(), problems);
  if (expected != got)
    problems.push_back(where + ": expected " + json::serialize(expected) + ", got " + json::serialize(got));
}

std::string pretty(const json::value& value, std::size_t indent) {
  const std::string on_one_line = one_line(value);
  if (!value.is_structured() || (indent > 0 && indent + on_one_line.size() <= 100)) return on_one_line;
  if (value.is_array()) {
    if (value.get_array().empty()) return on_one_line;
    return lines(value.get_array(), '[', ']', indent,
                 [&](const json::value& item) { return pretty(item, indent + 2); });
  }
  if (value.get_object().empty()) return on_one_line;
  return lines(value.get_object(), '{', '}', indent, [&](const json::key_value_pair& member) {
    return json::serialize(json::value(member.key())) + ": " + pretty(member.value(), indent + 2);
  });
}

}  // namespace jackfield::testkit
