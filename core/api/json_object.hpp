// Writes one JSON object into a string, member by member.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/id.hpp"

namespace jackfield::api {

class JsonObject {
 public:
  explicit JsonObject(std::string& out) : out_(out) { out_ += '{'; }
  void end() { out_ += '}'; }

  std::string& key(std::string_view name);  // for a value written by the caller
  void text(std::string_view name, std::string_view value);
  void text_or_null(std::string_view name, std::string_view value);  // empty: null
  void id(std::string_view name, Id value);                          // 0: null
  void time(std::string_view name, Time value);                      // epoch: null
  void boolean(std::string_view name, bool value) { key(name) += value ? "true" : "false"; }
  void raw(std::string_view name, std::string_view json) { key(name) += json; }
  void number(std::string_view name, std::integral auto value) { key(name) += std::to_string(value); }
  void number(std::string_view name, double value);  // null when it is not finite
  void members(std::string_view object);             // those of a ready object, spliced in

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace jackfield::api
