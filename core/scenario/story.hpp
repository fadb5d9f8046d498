// A story as it was read: who does what when, and what must be seen. Checked against the grammar by whoever read it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flow/config.hpp"
#include "host/manifest.hpp"
#include "scenario/local_time.hpp"

namespace jackfield::scenario {

struct Mark {
  int line = 0, column = 0;  // both from 1
};

struct Value {
  enum class Kind { text, list, map };
  Kind kind = Kind::text;
  Mark mark;
  std::string text;
  std::vector<Value> items;
  std::vector<std::pair<std::string, Value>> members;

  const Value* find(std::string_view key) const;
  std::string word(std::string_view key) const;  // empty: not there
  std::vector<std::string> texts() const;        // of a list; a text is a list of one
  std::vector<std::string> texts(std::string_view key) const;
};

// What a daemon runs with.
struct Setting {
  flow::FlowConfig config;
  std::map<std::string, host::Manifest> manifests;  // by channel
};

struct Step {
  Mark mark;
  std::optional<Moment> at;
  Millis after{0};
  std::string verb;
  Value what;
  std::optional<std::string> refused;  // what the refusal says, a part of it
  int setting = -1;                    // of reload
};

struct Person {
  std::string name;                              // for people
  std::map<std::string, std::string> addresses;  // by channel, with the scheme
};

struct Story {
  std::string file, name;
  Moment start;
  std::string zone = "UTC";
  std::uint64_t seed = 1;
  std::map<std::string, Person> people;
  std::vector<Setting> settings;  // the first is in force at the start
  std::vector<Step> steps;
};

}  // namespace jackfield::scenario
