#include "app/server.hpp"

#include <algorithm>
#include <charconv>

#include "app/outgoing.hpp"
#include "app/tokens.hpp"
#include "app/values.hpp"
#include "net/networks.hpp"

namespace jackfield::app {
namespace {

constexpr std::size_t longest_name = 64;
constexpr double most_per_minute = 100'000;

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
  server.listen_place = node.place;
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
  if (const Node* file = map.required("certificate")) {
    server.tls_certificate = read_string(*file, problems).value_or("");
    server.tls_certificate_place = file->place;
  }
  if (const Node* file = map.required("key")) {
    server.tls_key = read_string(*file, problems).value_or("");
    server.tls_key_place = file->place;
  }
  map.finish();
}

std::vector<std::string> read_proxies(const Node& node, Problems& problems) {
  auto proxies = read_strings(node, problems);
  if (const auto made = net::Networks::make(proxies); !made) problems.error(node.place, made.error().message);
  return proxies;
}

// --- public_availability

// A name alone, or {channel, name}.
api::PublicChannel read_public_channel(const Node& node, Problems& problems) {
  api::PublicChannel out;
  if (node.kind != Node::Kind::map) {
    out.channel = out.name = read_string(node, problems).value_or("");
    return out;
  }
  MapReader map(node, "a public channel", problems);
  if (const Node* channel = map.required("channel")) out.channel = read_string(*channel, problems).value_or("");
  out.name = out.channel;
  if (const Node* name = map.get("name")) {
    out.name = read_string(*name, problems).value_or("");
    if (out.name.size() > longest_name)
      problems.error(name->place, "a name for people has at most " + std::to_string(longest_name) + " bytes");
  }
  map.finish();
  return out;
}

std::vector<api::PublicChannel> read_public_channels(const Node& node, Problems& problems) {
  std::vector<api::PublicChannel> out;
  if (node.kind != Node::Kind::list) {
    problems.error(node.place, "channels must be a list of names or of {channel, name}, not " + node.shown());
    return out;
  }
  if (node.items.empty()) problems.error(node.place, "this list is empty");
  for (const auto& item : node.items) {
    auto channel = read_public_channel(item, problems);
    const bool twice = std::any_of(out.begin(), out.end(), [&](const auto& o) { return o.channel == channel.channel; });
    if (twice) problems.error(item.place, "the channel \"" + channel.channel + "\" is there twice");
    out.push_back(std::move(channel));
  }
  return out;
}

api::PublicAvailability read_public_availability(const Node& node, Problems& problems) {
  api::PublicAvailability out;
  MapReader map(node, "public_availability", problems);
  const Node* enabled = map.get("enabled");
  const bool on = !enabled || read_bool(*enabled, problems).value_or(true);
  if (const Node* channels = map.required("channels")) out.channels = read_public_channels(*channels, problems);
  if (const Node* per_minute = map.get("per_minute")) {
    const double number = read_positive(*per_minute, problems).value_or(out.per_minute);
    if (number < 1 || number > most_per_minute)
      problems.error(per_minute->place, "expected a number from 1 to 100000, not " + per_minute->shown());
    else
      out.per_minute = static_cast<int>(number);
  }
  if (const Node* cors = map.get("cors")) out.cors = read_cors(*cors, problems);
  map.finish();
  if (!on) out.channels.clear();
  return out;
}

}  // namespace

ServerSpec read_server(const Node* node, Problems& problems) {
  ServerSpec out;
  const Node none;
  MapReader map(node != nullptr ? *node : none, "server", problems);
  if (const Node* listen = map.get("listen")) read_listen(*listen, out, problems);
  if (const Node* url = map.get("public_url")) read_public_url(*url, out, problems);
  if (const Node* tls = map.get("tls")) read_tls(*tls, out, problems);
  if (const Node* cors = map.get("cors")) out.cors = read_cors(*cors, problems);
  if (const Node* proxies = map.get("proxies")) out.proxies = read_proxies(*proxies, problems);
  if (const Node* availability = map.get("public_availability"))
    out.public_availability = read_public_availability(*availability, problems);
  read_tokens(map.get("tokens"), map.place(), out, problems);
  map.finish();
  return out;
}

void check_public_channels(const Node* server, const Config& config, Problems& problems) {
  const Node* section = server ? server->find("public_availability") : nullptr;
  const Node* channels = section ? section->find("channels") : nullptr;
  if (!channels) return;
  std::vector<std::string> names;
  for (const auto& channel : config.channels) names.push_back(channel.name);
  for (const auto& item : channels->items) {
    const Node* written = item.kind == Node::Kind::map ? item.find("channel") : &item;
    if (!written || written->kind != Node::Kind::scalar) continue;
    if (std::find(names.begin(), names.end(), written->text) == names.end())
      problems.error(written->place, "there is no channel " + written->shown() + suggestion(written->source, names));
  }
}

}  // namespace jackfield::app
