// What a story may say: its verbs, what each takes, and the facts that can be expected. One table each: reading checks
// by them, and docs/scenarios.md is held against them.
#pragma once

#include <string_view>
#include <vector>

namespace jackfield::scenario {

enum class Takes {
  text,
  texts,
  number,    // of times or things
  bound,     // a number, or "> 3"
  duration,  // "20m"
  moment,    // "09:05", "mon 09:05", "2026-03-29 09:05"
  yes_no,
  who,      // of people
  of,       // a person, for the conversation of what they wrote last, or a label, for that of what bears it
  message,  // a label
  label,    // a new one
  channel,
  channels,
  queue,
  agent,  // of the configuration, or nobody
  state,  // of a conversation
  priority,
  presence,
  status,     // of a message
  outcome,    // of a call
  behaviour,  // of a provider
  evidence,
  map,      // names and texts
  windows,  // channels and open or closed
};

struct KeyShape {
  std::string_view name;
  Takes takes;
  bool required = false;
};

struct Shape {
  std::string_view name;
  std::vector<KeyShape> keys;
  std::string_view alone;  // the key that a value without keys is of; empty: there must be keys

  const KeyShape* key(std::string_view key_name) const;
};

const std::vector<Shape>& verbs();     // but presence, reload and expect, whose values have shapes of their own
const std::vector<Shape>& subjects();  // of expect
const Shape* shape_of(const std::vector<Shape>& shapes, std::string_view name);

const std::vector<std::string_view>& behaviours();

}  // namespace jackfield::scenario
