#include "app/scenario_setting.hpp"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "app/config_tree.hpp"
#include "app/connectors.hpp"
#include "app/small_file.hpp"
#include "app/values.hpp"

namespace jackfield::app {
namespace {

constexpr std::size_t kMostBytes = 4 * 1024 * 1024;

void leave_out(Node& map, std::string_view key) {
  std::erase_if(map.entries, [&](const auto& entry) { return entry.first.text == key; });
}

// What needs secrets or touches the outside.
void leave_out_the_outside(Node& root) {
  for (const char* key : {"server", "store", "webhooks", "log"}) leave_out(root, key);
  for (auto& [key, value] : root.entries)
    if (key.text == "channels")
      for (auto& channel : value.entries) leave_out(channel.second, "settings");
}

// Looked for once a process: each is loaded in a child.
const std::vector<host::PluginFile>& found_for(const Config& config) {
  static std::map<std::vector<std::string>, std::vector<host::PluginFile>> known;
  const auto at = known.find(config.plugin_folders);
  if (at != known.end()) return at->second;
  return known[config.plugin_folders] = find_connectors(config);
}

const host::Manifest* connector(const Config& config, const std::string& name, const StandIns& stand_ins) {
  const auto own = stand_ins.find(name);
  if (own != stand_ins.end()) return &own->second;
  for (const auto& file : found_for(config))
    if (file.error.empty() && file.manifest.id == name) return &file.manifest;
  return nullptr;
}

std::vector<std::string> names_of(const Config& config, const StandIns& stand_ins) {
  std::vector<std::string> out;
  for (const auto& [name, _] : stand_ins) out.push_back(name);
  for (const auto& file : found_for(config))
    if (file.error.empty()) out.push_back(file.manifest.id);
  return out;
}

host::Manifest read_stand_in(const Key& key, const Node& node, Problems& problems) {
  host::Manifest out;
  out.id = out.name = out.scheme = key.text;
  out.parts_out = {"text", "media", "template"};
  MapReader map(node, "the connector " + key.text, problems);
  if (const Node* value = map.get("scheme")) out.scheme = read_string(*value, problems).value_or(key.text);
  if (const Node* value = map.get("class")) {
    const std::vector<std::string> classes{"message", "chat", "voice"};
    out.capacity_class = classes[read_choice(*value, classes, problems).value_or(0)];
  }
  if (const Node* value = map.get("scope")) {
    const std::vector<std::string> scopes{"contact", "channel", "thread"};
    out.default_scope = scopes[read_choice(*value, scopes, problems).value_or(0)];
  }
  if (const Node* value = map.get("window")) {
    out.reply_window_seconds = read_duration(*value, problems).value_or(Millis{0}).count() / 1000;
    out.outside_window = {"template"};
  }
  if (const Node* value = map.get("attests")) out.attests = read_strings(*value, problems);
  if (const Node* value = map.get("sends")) out.sends = read_bool(*value, problems).value_or(true);
  if (const Node* value = map.get("per_second")) {
    out.per_second = read_positive(*value, problems).value_or(0);
    out.burst = std::max(1, static_cast<int>(out.per_second));
  }
  map.finish();
  return out;
}

// Warnings are of what a story leaves out.
std::string errors_of(const Problems& problems) {
  std::istringstream lines(problems.text());
  std::string out;
  for (std::string line; std::getline(lines, line);)
    if (line.find(": warning: ") == std::string::npos) out += line + "\n";
  return out;
}

}  // namespace

StandIns read_stand_ins(const Node& node, Problems& problems) {
  StandIns out;
  if (node.kind != Node::Kind::map) {
    problems.error(node.place, "connectors must be a map of names, not " + node.shown());
    return out;
  }
  for (const auto& [key, value] : node.entries) out[key.text] = read_stand_in(key, value, problems);
  return out;
}

scenario::Setting SettingReader::read_root(Node root, Problems& problems) {
  leave_out_the_outside(root);
  Problems told(problems.file());
  auto config = read_config_tree(std::move(root), told);
  check_rules(config, told);
  scenario::Setting out;
  for (const auto& channel : config.channels) {
    const auto* manifest = connector(config, channel.plugin, stand_ins_);
    if (manifest)
      out.manifests[channel.name] = *manifest;
    else
      told.error(channel.plugin_place, "there is no connector \"" + channel.plugin + '"' +
                                           suggestion(channel.plugin, names_of(config, stand_ins_)) +
                                           "; a story may describe one under `connectors`");
  }
  out.config = std::move(config.flow);
  if (told.has_errors()) problems.add(told);
  failed_ |= told.has_errors();
  return out;
}

scenario::Setting SettingReader::read_file(const std::string& path, Problems& problems) {
  Problems own(path);
  scenario::Setting out;
  const auto bytes = read_small_file(path, kMostBytes);
  if (!bytes) {
    problems.error({}, bytes.error().message);
    return out;
  }
  if (auto root = parse_yaml(*bytes, own)) out = read_root(std::move(*root), own);
  failed_ |= own.has_errors();
  if (own.has_errors()) others_ += errors_of(own);
  return out;
}

scenario::Setting SettingReader::read(const Node& node, const std::string& folder, Problems& problems) {
  if (node.kind == Node::Kind::map) return read_root(node, problems);
  const auto name = read_string(node, problems);
  if (!name) return {};
  Problems reading("");
  auto out = read_file((std::filesystem::path(folder) / *name).lexically_normal().string(), reading);
  if (reading.has_errors()) problems.error(node.place, "the configuration cannot be read: " + reading.text());
  return out;
}

}  // namespace jackfield::app
