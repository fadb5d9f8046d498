// What a story's daemon runs with: a configuration and the connectors it names, of which nothing but what they declare
// is used.
#pragma once

#include <map>
#include <string>

#include "app/problems.hpp"
#include "app/yaml.hpp"
#include "scenario/story.hpp"

namespace jackfield::app {

// Connectors that need not be there, by name: {scheme, class, scope, window, visibility, sends, text_limit}.
using StandIns = std::map<std::string, host::Manifest>;
StandIns read_stand_ins(const Node& node, Problems& problems);

// Server, store, webhooks and the channels' settings are left out: a story needs no secrets, and touches nothing.
// Errors of a file of its own are told there, with its name. Blocking: looks at the connectors in child processes.
class SettingReader {
 public:
  explicit SettingReader(StandIns stand_ins) : stand_ins_(std::move(stand_ins)) {}

  // A file's name, relative to that folder, or the configuration itself.
  scenario::Setting read(const Node& node, const std::string& folder, Problems& problems);
  scenario::Setting read_file(const std::string& path, Problems& problems);

  std::string others() const { return others_; }  // problems of other files, as text
  bool failed() const { return failed_; }

 private:
  scenario::Setting read_root(Node root, Problems& problems);

  const StandIns stand_ins_;
  std::string others_;
  bool failed_ = false;
};

}  // namespace jackfield::app
