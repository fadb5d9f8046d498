// What each verb of the command line does, one file each. All return the exit code: 0 fine, 1 it failed, 2 wrong usage
// or configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::app {

inline constexpr int exit_fine = 0, exit_failed = 1, exit_wrong = 2;

int cmd_run(const std::string& config_file);
int cmd_check(const std::string& config_file);
int cmd_plugins(const std::optional<std::string>& config_file);
// A new project of a connector in that folder (empty: NAME). language: "cpp" or "c".
int cmd_plugin_new(const std::string& name, const std::string& language, const std::string& folder);

struct PluginCheckOptions {
  std::string plugin, settings, testdata, reproduce, junit, only;
  std::uint64_t seed = 1;
};
int cmd_plugin_check(const PluginCheckOptions& options);
// Its child, for one check; does not return.
int cmd_plugin_check_child(const std::string& folder);

// What would become of a message, or of recorded ones, under that configuration; writes nothing.
struct ExplainOptions {
  std::string config, message, channel;  // message empty: recorded ones
  std::size_t recorded = 0;              // how many
  bool json = false;
};
int cmd_explain(const ExplainOptions& options);

// Prints a new token and its hash; or, of the token on standard input, the hash.
int cmd_token(bool hash);

// Plays stories (docs/scenarios.md) and tells what was not as they expect.
struct ScenarioOptions {
  std::vector<std::string> files;  // and folders: all *.yaml in them
  std::string config;              // instead of the stories' own; empty: theirs
  std::string junit;               // where to write the results as well; empty: nowhere
};
int cmd_scenario(const ScenarioOptions& options);

int cmd_version();

std::string_view version();  // "0.1.0"

}  // namespace jackfield::app
