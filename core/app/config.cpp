#include "app/config.hpp"

#include "app/callbacks.hpp"
#include "app/config_tree.hpp"
#include "app/expand.hpp"
#include "app/hours.hpp"
#include "app/outgoing.hpp"
#include "app/queues.hpp"
#include "app/routing.hpp"
#include "app/satisfaction.hpp"
#include "app/server.hpp"
#include "app/setting_values.hpp"
#include "app/small_file.hpp"
#include "app/tokens.hpp"
#include "app/values.hpp"
#include "app/yaml.hpp"

namespace jackfield::app {
namespace {

// --- store, plugins, contacts, log

StoreSpec read_store(const Node& node, Problems& problems) {
  StoreSpec out;
  MapReader map(node, "store", problems);
  if (const Node* url = map.get("url")) {
    out.url = read_string(*url, problems).value_or(out.url);
    if (out.url.starts_with("postgres")) {
      problems.error(url->place, "PostgreSQL is not available in this version of Jackfield");
    } else if (!out.url.starts_with("sqlite:") || out.url == "sqlite:") {
      problems.error(url->place, "expected sqlite:FILE, not " + url->shown());
    }
  }
  if (const Node* media = map.get("media")) out.media = read_string(*media, problems).value_or(out.media);
  map.finish();
  return out;
}

std::vector<std::string> read_plugins(const Node& node, Problems& problems) {
  MapReader map(node, "plugins", problems);
  std::vector<std::string> folders;
  if (const Node* path = map.get("path")) folders = read_strings(*path, problems);
  map.finish();
  return folders;
}

std::vector<std::string> read_join_on(const Node& node, Problems& problems) {
  MapReader map(node, "contacts", problems);
  std::vector<std::string> schemes;
  if (const Node* join_on = map.get("join_on")) schemes = read_strings(*join_on, problems);
  map.finish();
  return schemes;
}

log::Level read_log(const Node& node, Problems& problems) {
  MapReader map(node, "log", problems);
  auto level = log::Level::info;
  if (const Node* value = map.get("level")) {
    const auto choice = read_choice(*value, {"debug", "info", "warn", "error", "off"}, problems);
    if (choice) level = static_cast<log::Level>(*choice);
  }
  map.finish();
  return level;
}

// --- channels

void read_conversations(const Node& node, flow::ChannelPolicy& policy, Problems& problems) {
  MapReader map(node, "conversations", problems);
  if (const Node* scope = map.get("scope")) {
    const auto choice = read_choice(*scope, {"contact", "channel", "thread"}, problems);
    if (choice) policy.scope = static_cast<flow::ConversationScope>(*choice);
  }
  if (const Node* reopen = map.get("reopen")) policy.reopen = read_duration(*reopen, problems).value_or(Millis{0});
  if (const Node* after = map.get("after_public"))
    policy.after_public = read_duration(*after, problems).value_or(policy.after_public);
  map.finish();
}

flow::ChannelPolicy read_policy(MapReader& map, const ChannelSpec& channel, Problems& problems) {
  flow::ChannelPolicy policy;
  policy.name = channel.name;
  policy.plugin = channel.plugin;
  if (const Node* rate = map.get("rate")) {
    MapReader limits(*rate, "rate", problems);
    if (const Node* value = limits.required("per_second"))
      policy.per_second = read_positive(*value, problems).value_or(0);
    limits.finish();
  }
  if (const Node* on_unknown = map.get("on_unknown")) {
    policy.resend_unknown = read_choice(*on_unknown, {"hold", "resend"}, problems).value_or(0) == 1;
  }
  if (const Node* conversations = map.get("conversations")) read_conversations(*conversations, policy, problems);
  return policy;
}

void read_channel(const Key& key, const Node& node, Config& config, Problems& problems) {
  ChannelSpec channel;
  channel.name = key.text;
  channel.place = channel.plugin_place = channel.settings_place = key.place;
  check_name(key, problems);
  MapReader map(node, "the channel " + key.text, problems);
  if (const Node* plugin = map.required("plugin")) {
    channel.plugin = read_string(*plugin, problems).value_or("");
    channel.plugin_place = plugin->place;
  }
  config.flow.channels[channel.name] = read_policy(map, channel, problems);
  if (const Node* isolation = map.get("isolation")) {
    const auto choice = read_choice(*isolation, {"none", "process"}, problems);
    if (choice) channel.isolation = static_cast<host::Isolation>(*choice);
  }
  if (const Node* settings = map.get("settings")) {
    channel.settings_place = settings->place;
    read_settings(*settings, channel, problems);
  }
  map.finish();
  config.channels.push_back(std::move(channel));
}

void read_channels(const Node& node, Config& config, Problems& problems) {
  if (node.kind != Node::Kind::map) {
    problems.error(node.place, "channels must be a map of names, not " + node.shown());
    return;
  }
  for (const auto& [key, value] : node.entries) read_channel(key, value, config, problems);
}

// --- the whole

Config read_root(const Node& root, Problems& problems) {
  Config config;
  MapReader map(root, "the configuration", problems);
  if (root.kind == Node::Kind::null) problems.warning({1, 1}, "the file is empty: no channels, no tokens");
  const Node* server = map.get("server");
  config.server = read_server(server, problems);
  if (const Node* store = map.get("store")) config.store = read_store(*store, problems);
  if (const Node* plugins = map.get("plugins")) config.plugin_folders = read_plugins(*plugins, problems);
  if (const Node* contacts = map.get("contacts")) config.flow.join_on = read_join_on(*contacts, problems);
  if (const Node* log = map.get("log")) config.log_level = read_log(*log, problems);
  if (const Node* hours = map.get("hours")) config.flow.hours = read_hours(*hours, problems);
  if (const Node* callbacks = map.get("callbacks")) read_callbacks(*callbacks, config.flow.callbacks, problems);
  read_queues(map.get("queues"), config.flow, problems);
  check_callback_queues(root, config.flow, problems);
  if (const Node* agents = map.get("agents")) read_agents(*agents, config.flow, problems);
  if (const Node* assignment = map.get("assignment")) read_assignment(*assignment, config.flow.assignment, problems);
  if (const Node* reports = map.get("reports")) read_reports(*reports, config.flow.reports, problems);
  if (const Node* channels = map.get("channels")) read_channels(*channels, config, problems);
  if (const Node* routing = map.get("routing")) read_routing(*routing, config, problems);
  if (const Node* asks = map.get("satisfaction")) config.flow.satisfaction = read_satisfaction(*asks, problems);
  if (const Node* webhooks = map.get("webhooks")) config.webhooks = read_webhooks(*webhooks, problems);
  map.finish();
  check_tokens(server, config, problems);
  check_public_channels(server, config, problems);
  return config;
}

}  // namespace

Config read_config(std::string_view yaml, Problems& problems) {
  auto root = parse_yaml(yaml, problems);
  return root ? read_config_tree(std::move(*root), problems) : Config{};
}

Config read_config_tree(Node root, Problems& problems) {
  expand(root, problems);
  return read_root(root, problems);
}

Config load_config(const std::string& path, Problems& problems) {
  const auto bytes = read_small_file(path, 4 * 1024 * 1024);
  if (bytes) return read_config(*bytes, problems);
  problems.error({}, bytes.error().message);
  return {};
}

}  // namespace jackfield::app
