// What a connector declares of itself (sdk/schema/manifest.json).
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace jackfield::host {

struct WebhookRoute {
  std::string method, path;
  std::size_t max_bytes = 4 * 1024 * 1024;
};

struct MediaLimit {
  std::string kind;
  std::vector<std::string> types;
  std::int64_t max_bytes = 0;
};

struct Manifest {
  std::string id, version, name, description;
  std::string scheme;                // of its addresses
  bool scoped = false;               // addresses mean something only within the account
  std::vector<std::string> attests;  // schemes of other addresses it vouches for
  std::string capacity_class = "message";
  bool receives = true, sends = true;
  std::vector<std::string> visibility;
  std::string default_scope = "contact";  // of conversations: contact, channel or thread
  std::string account_setting;            // the setting that names the provider account; empty: none
  std::vector<WebhookRoute> webhooks;
  std::vector<std::string> parts_in, parts_out;
  std::vector<std::string> converts;  // types that it cannot carry and that are made text before it is given them
  std::vector<MediaLimit> media;
  std::int64_t text_limit = 0;  // 0: none
  std::string text_unit = "characters";
  std::int64_t reply_window_seconds = 0;  // 0: always open
  std::vector<std::string> outside_window;
  double per_second = 0;  // 0: no limit
  int burst = 1;
  int max_in_flight = 16;
  Millis send_timeout{30000};
  Millis deadline{std::chrono::hours{24}};  // a reply that could not be sent by then is dead
  bool idempotent_sends = false;
  bool needs_network = false;  // opens sockets by itself, beside the host's streams and HTTP
  boost::json::object settings_schema;
};

Result<Manifest> parse_manifest(std::string_view json);

}  // namespace jackfield::host
