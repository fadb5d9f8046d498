// A YAML file as plain nodes with their places. The only file that knows yaml-cpp is yaml.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/problems.hpp"

namespace jackfield::app {

struct Node;

struct Key {
  std::string text;
  Place place;
};

struct Node {
  enum class Kind { null, scalar, list, map };

  Kind kind = Kind::null;
  Place place;
  bool quoted = false;    // a scalar in quotes or with a tag or block style: a string, whatever it looks like
  bool expanded = false;  // text holds what ${…} stood for: may be a secret, never shown
  bool broken = false;    // a ${…} in it could not be replaced, which has been told
  std::string text;       // of a scalar
  std::string source;     // the same as written
  std::vector<Node> items;
  std::vector<std::pair<Key, Node>> entries;  // in the order of the file; keys are unique

  const Node* find(std::string_view key) const;
  // For messages: `a list`, `"word"`; what an expansion brought is not in it.
  std::string shown() const;
};

// Reads one document. Nothing when it is no YAML; duplicate keys and the like are told as well and do not stop the
// reading.
std::optional<Node> parse_yaml(std::string_view text, Problems& problems);

// The place of the first byte that is not UTF-8.
std::optional<Place> not_utf8(std::string_view text);

}  // namespace jackfield::app
