#include "app/connectors.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "app/setting_values.hpp"
#include "flow/rules.hpp"

namespace jackfield::app {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> default_folders() {
  std::error_code error;
  const auto beside = fs::read_symlink("/proc/self/exe", error).parent_path();
  return {beside / "../plugins", beside / "../lib/jackfield/plugins", "/usr/lib/jackfield/plugins"};
}

std::string listed(const std::vector<std::string>& words, std::string_view none) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out.empty() ? std::string(none) : out;
}

// The file of a connector by that name, or one that says why there is none.
host::PluginFile connector_for(const ChannelSpec& channel, const std::vector<host::PluginFile>& found) {
  std::vector<std::string> ids;
  for (const auto& file : found) {
    if (file.error.empty() && file.manifest.id == channel.plugin) return file;
    if (file.error.empty()) ids.push_back(file.manifest.id);
  }
  for (const auto& file : found) {  // a file of that name that is no connector says more than that there is none
    if (fs::path(file.path).stem() != channel.plugin) continue;
    auto broken = file;
    broken.manifest.id = channel.plugin;  // it could not tell its name itself
    return broken;
  }
  host::PluginFile none;
  none.manifest.id = channel.plugin;
  none.path = "connector \"" + channel.plugin + '"';  // what the error speaks of
  none.error = "is not there" + suggestion(channel.plugin, ids) + "; found: " + listed(ids, "none");
  return none;
}

bool is_unknown_key(const host::SettingsProblem& problem) { return problem.message.starts_with("unknown setting"); }

// The connector crashed or hung while it looked at its settings: its fault and not theirs.
std::optional<std::string> connectors_fault(const host::SettingsProblem& problem, const host::PluginFile& plugin) {
  const auto prefix = "the connector " + plugin.path + ' ';
  if (!problem.pointer.empty() || !problem.message.starts_with(prefix)) return std::nullopt;
  return problem.message.substr(prefix.size());
}

void check_channel(ChannelSpec& channel, host::PluginFile& plugin, Problems& problems) {
  keep_texts(plugin.manifest.settings_schema, channel);
  for (const auto& problem : host::check_settings(plugin, channel.settings)) {
    if (auto fault = connectors_fault(problem, plugin)) {
      plugin.error = std::move(*fault);
      return;
    }
    const auto source = channel.sources.find(problem.pointer);
    const bool at_key = is_unknown_key(problem) && source != channel.sources.end() && source->second.key.line > 0;
    const Place place = at_key ? source->second.key : place_of(channel, problem.pointer);
    const auto where = problem.pointer.empty() ? "settings" : "settings" + problem.pointer;
    problems.error(place, where + ": " + problem.message + (problem.help.empty() ? "" : " (" + problem.help + ")"));
  }
}

}  // namespace

std::vector<std::string> plugin_folders(const std::vector<std::string>& configured) {
  std::vector<std::string> out;
  const auto add = [&](const fs::path& folder) {
    std::error_code error;
    auto path = fs::weakly_canonical(fs::absolute(folder), error).string();
    if (std::find(out.begin(), out.end(), path) == out.end()) out.push_back(std::move(path));
  };
  for (const auto& folder : configured) add(folder);
  if (!configured.empty()) return out;
  for (const auto& folder : default_folders()) {
    std::error_code error;
    if (fs::is_directory(folder, error)) add(folder);
  }
  return out;
}

host::Isolation default_isolation(const std::string& file) {
  std::error_code error;
  const auto folder = fs::weakly_canonical(file, error).parent_path();
  for (const auto& shipped : default_folders())
    if (fs::weakly_canonical(shipped, error) == folder) return host::Isolation::none;
  return host::Isolation::process;
}

std::vector<host::PluginFile> find_connectors(const Config& config) {
  std::vector<host::PluginFile> found;
  for (const auto& folder : plugin_folders(config.plugin_folders)) {
    for (auto& file : host::scan_plugins({folder})) found.push_back(std::move(file));
  }
  return found;
}

host::ChannelConfig match_connector(ChannelSpec& channel, const std::vector<host::PluginFile>& found, Missing missing,
                                    Problems& problems) {
  auto plugin = connector_for(channel, found);
  if (plugin.error.empty()) check_channel(channel, plugin, problems);
  if (!plugin.error.empty()) {
    const auto message = plugin.path + ' ' + plugin.error;
    missing == Missing::is_error ? problems.error(channel.plugin_place, message)
                                 : problems.warning(channel.plugin_place, message);
  }
  const auto isolation = channel.isolation.value_or(default_isolation(plugin.path));
  return {channel.name, std::move(plugin), channel.settings, isolation};
}

std::vector<host::ChannelConfig> match_connectors(Config& config, const std::vector<host::PluginFile>& found,
                                                  Missing missing, Problems& problems) {
  std::vector<host::ChannelConfig> out;
  for (auto& channel : config.channels) out.push_back(match_connector(channel, found, missing, problems));
  return out;
}

void check_rules(const Config& config, Problems& problems) {
  flow::FlowConfig alone;
  alone.channels = config.flow.channels;
  for (const auto& rule : config.flow.rules) {
    alone.rules = {rule};
    alone.queues = {{rule.to}};  // one that is not there was named where it is written, with a suggestion
    const auto compiled = flow::Rules::compile(alone);
    if (compiled) continue;
    const auto place = config.rules.find(rule.line);
    problems.error(place == config.rules.end() ? Place{rule.line, 1} : place->second, compiled.error().message);
  }
}

}  // namespace jackfield::app
