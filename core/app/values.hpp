// Typed values from YAML nodes. What is wrong is added to the problems, and nothing is returned.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/problems.hpp"
#include "app/yaml.hpp"
#include "base/clock.hpp"

namespace jackfield::app {

std::optional<Millis> parse_duration(std::string_view text);    // 500ms 90s 5m 4h 7d, and 0
std::optional<std::int64_t> parse_size(std::string_view text);  // 512B 256KiB 16MiB 2GiB

std::optional<std::string> read_string(const Node& node, Problems& problems);  // not empty; numbers are fine too
std::optional<bool> read_bool(const Node& node, Problems& problems);
std::optional<double> read_positive(const Node& node, Problems& problems);
std::optional<Millis> read_duration(const Node& node, Problems& problems);
std::vector<std::string> read_strings(const Node& node, Problems& problems);  // one, or a list of them
// One text for all, or one a language: by language, "" for all others (in the file: default).
std::map<std::string, std::string> read_texts(const Node& node, const std::string& what, Problems& problems);
// One of the choices, as its index.
std::optional<std::size_t> read_choice(const Node& node, const std::vector<std::string>& choices, Problems& problems);

// Reads a map key by key; what nobody asked for is an unknown key.
class MapReader {
 public:
  // What names the map in messages: "the channel support-mail". A node that is no map is told and read as an empty one.
  MapReader(const Node& node, std::string what, Problems& problems);

  bool is_map() const { return map_ != nullptr; }
  Place place() const { return node_.place; }
  const Node* get(std::string key);       // null: not there, or there without a value
  const Node* required(std::string key);  // told when it is not there
  // Of the contract, but brought by a later version: an error of its own, so that nobody thinks it works.
  void later(std::string key);
  // Tells what was not asked for, with a suggestion out of what was.
  void finish();

 private:
  const Node* lookup(std::string key);

  const Node& node_;
  const Node* map_;
  std::string what_;
  Problems& problems_;
  std::vector<std::string> known_;
};

}  // namespace jackfield::app
