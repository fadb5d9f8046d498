// The configuration file as the rest of the program sees it. docs/configuration.md tells operators what may stand in
// it.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/availability_config.hpp"
#include "app/problems.hpp"
#include "base/log.hpp"
#include "flow/config.hpp"
#include "host/host.hpp"
#include "model/event.hpp"

namespace jackfield::app {

enum class Role : std::uint8_t { admin, agent, integration };

struct TokenSpec {
  std::string name;
  Role role = Role::integration;
  std::string agent;                // of role agent
  std::string token;                // secret; empty: only its hash is known
  std::string hash;                 // SHA-256 in hex
  std::vector<std::string> queues;  // of role agent; empty: all
};

struct ServerSpec {
  std::string listen = "127.0.0.1:8080";
  Place listen_place, tls_certificate_place, tls_key_place;
  std::string public_url;                // without a slash at its end; empty: not told
  std::string tls_certificate, tls_key;  // empty: plain HTTP
  std::vector<std::string> cors;         // origins of browsers
  std::vector<std::string> proxies;      // whose word on who asks is taken; addresses and networks
  api::PublicAvailability public_availability;
  std::vector<TokenSpec> tokens;
};

struct WebhookSpec {
  std::string name, url;
  std::string secret;            // secret
  std::vector<EventType> types;  // empty: all
};

struct StoreSpec {
  std::string url = "sqlite:jackfield.db";
  std::string media = "./media";
};

// Where a value of a channel's settings stands and how it was written.
struct SettingSource {
  Place place, key;    // of the value, of its key
  std::string text;    // of a scalar that is not in quotes
  bool plain = false;  // a scalar that is not in quotes: the schema may say that it is meant as text
};

struct ChannelSpec {
  std::string name, plugin;
  Place place, plugin_place, settings_place;
  std::optional<host::Isolation> isolation;      // not said: by where the connector's file lies
  boost::json::object settings;                  // with secrets
  std::map<std::string, SettingSource> sources;  // by JSON pointer into the settings
};

struct Config {
  ServerSpec server;
  StoreSpec store;
  std::vector<std::string> plugin_folders;  // empty: the default ones
  std::vector<ChannelSpec> channels;
  std::vector<WebhookSpec> webhooks;
  flow::FlowConfig flow;
  std::map<int, Place> rules;  // RuleSpec::line -> its place
  log::Level log_level = log::Level::info;
};

// Problems are told to `problems`; the result makes sense only without errors. Reads the environment and the files that
// the values name, nothing else: whether plugins exist and like their settings is settings.hpp's question.
Config read_config(std::string_view yaml, Problems& problems);
// The same from a file.
Config load_config(const std::string& path, Problems& problems);

}  // namespace jackfield::app
