#include "app/config.hpp"

#include <algorithm>
#include <charconv>

#include "app/callbacks.hpp"
#include "app/config_tree.hpp"
#include "app/expand.hpp"
#include "app/hours.hpp"
#include "app/outgoing.hpp"
#include "app/queues.hpp"
#include "app/routing.hpp"
#include "app/setting_values.hpp"
#include "app/small_file.hpp"
#include "app/values.hpp"
#include "app/yaml.hpp"

namespace jackfield::app {
namespace {

constexpr std::size_t shortest_token = 16;

// --- server

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && stop == text.data() + text.size() && port <= 65535;
}

void read_listen(const Node& node, ServerSpec& server, Problems& problems) {
  const auto text = read_string(node, problems);
  if (!text) return;
  const auto colon = text->rfind(':');
  if (colon == std::string::npos || colon == 0 || !is_port(std::string_view(*text).substr(colon + 1))) {
    problems.error(node.place,
                   "expected an address and a port as in 127.0.0.1:8080 or [::1]:8080, not " + node.shown());
    return;
  }
  server.listen = *text;
}

void read_public_url(const Node& node, ServerSpec& server, Problems& problems) {
  auto url = read_string(node, problems);
  if (!url) return;
  while (url->ends_with('/')) url->pop_back();
  const bool has_scheme = url->starts_with("https://") || url->starts_with("http://");
  if (!has_scheme || url->find_first_of(" ?#") != std::string::npos || url->find("://") + 3 == url->size()) {
    problems.error(node.place, "expected a URL as in https://contact.example.com, not " + node.shown());
    return;
  }
  server.public_url = std::move(*url);
}

void read_tls(const Node& node, ServerSpec& server, Problems& problems) {
  MapReader map(node, "tls", problems);
  if (const Node* file = map.required("certificate"))
    server.tls_certificate = read_string(*file, problems).value_or("");
  if (const Node* file = map.required("key")) server.tls_key = read_string(*file, problems).value_or("");
  map.finish();
}

void read_token_value(const Node& node, TokenSpec& token, const std::vector<TokenSpec>& others, Problems& problems) {
  token.token = read_string(node, problems).value_or("");
  if (token.token.empty()) return;
  // The value is a secret: no message may hold it.
  if (token.token.size() < shortest_token) {
    problems.error(node.place, "this token is too short: at least 16 characters, as `openssl rand -hex 24` makes them");
  }
  const auto is_visible = [](unsigned char c) { return c > 0x20 && c < 0x7f; };
  if (!std::all_of(token.token.begin(), token.token.end(), is_visible)) {
    problems.error(node.place, "a token may hold only visible ASCII characters: it travels in an HTTP header");
  }
  for (const auto& other : others) {
    if (other.token == token.token) problems.error(node.place, "the token \"" + other.name + "\" has the same value");
  }
}

TokenSpec read_token(const Node& node, const std::vector<TokenSpec>& others, Problems& problems) {
  TokenSpec token;
  MapReader map(node, "a token", problems);
  if (const Node* name = map.required("name")) {
    token.name = read_string(*name, problems).value_or("");
    const bool taken =
        std::any_of(others.begin(), others.end(), [&](const auto& other) { return other.name == token.name; });
    if (taken && !token.name.empty()) problems.error(name->place, "there is another token " + name->shown());
  }
  if (const Node* role = map.required("role")) {
    token.role = static_cast<Role>(read_choice(*role, {"admin", "agent", "integration"}, problems).value_or(2));
  }
  if (const Node* value = map.required("token")) read_token_value(*value, token, others, problems);
  const bool is_agent = token.role == Role::agent;
  if (const Node* agent = is_agent ? map.required("agent") : map.get("agent")) {
    token.agent = read_string(*agent, problems).value_or("");
    if (!is_agent) problems.error(agent->place, "only a token of role agent names an agent");
  }
  if (const Node* queues = map.get("queues")) {
    token.queues = read_strings(*queues, problems);
    if (!is_agent) problems.error(queues->place, "only a token of role agent is limited to queues");
  }
  map.finish();
  return token;
}

void read_tokens(const Node* node, Place server, ServerSpec& out, Problems& problems) {
  if (node == nullptr) {
    problems.warning(server, "there are no tokens: the API will answer health checks and webhooks only");
    return;
  }
  if (node->kind != Node::Kind::list) {
    problems.error(node->place, "tokens must be a list, not " + node->shown());
    return;
  }
  for (const auto& item : node->items) out.tokens.push_back(read_token(item, out.tokens, problems));
}

ServerSpec read_server(const Node* node, Problems& problems) {
  ServerSpec out;
  const Node none;
  MapReader map(node != nullptr ? *node : none, "server", problems);
  if (const Node* listen = map.get("listen")) read_listen(*listen, out, problems);
  if (const Node* url = map.get("public_url")) read_public_url(*url, out, problems);
  if (const Node* tls = map.get("tls")) read_tls(*tls, out, problems);
  if (const Node* cors = map.get("cors")) out.cors = read_cors(*cors, problems);
  read_tokens(map.get("tokens"), map.place(), out, problems);
  map.finish();
  return out;
}

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

void check_token_queues(const Node* server, const Config& config, Problems& problems) {
  std::vector<std::string> names;
  for (const auto& queue : config.flow.queues) names.push_back(queue.name);
  const Node* tokens = server == nullptr ? nullptr : server->find("tokens");
  if (tokens == nullptr) return;
  for (const auto& token : tokens->items) {
    const Node* queues = token.find("queues");
    if (queues == nullptr) continue;
    const auto check = [&](const Node& item) {
      if (item.kind != Node::Kind::scalar || std::find(names.begin(), names.end(), item.text) != names.end()) return;
      problems.error(item.place, "there is no queue " + item.shown() + suggestion(item.source, names));
    };
    check(*queues);
    for (const auto& item : queues->items) check(item);
  }
}

// A token for an agent that nobody described: it would never be offered anything.
void check_token_agents(const Node* server, const Config& config, Problems& problems) {
  if (config.flow.agents.empty()) return;
  std::vector<std::string> names;
  for (const auto& agent : config.flow.agents) names.push_back(agent.name);
  const Node* tokens = server == nullptr ? nullptr : server->find("tokens");
  if (tokens == nullptr) return;
  for (const auto& token : tokens->items) {
    const Node* agent = token.find("agent");
    if (agent == nullptr || std::find(names.begin(), names.end(), agent->text) != names.end()) continue;
    problems.warning(agent->place, "there is no agent " + agent->shown() + suggestion(agent->source, names));
  }
}

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
  if (const Node* channels = map.get("channels")) read_channels(*channels, config, problems);
  if (const Node* routing = map.get("routing")) read_routing(*routing, config, problems);
  if (const Node* webhooks = map.get("webhooks")) config.webhooks = read_webhooks(*webhooks, problems);
  map.finish();
  check_token_queues(server, config, problems);
  check_token_agents(server, config, problems);
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
