#include "host/manifest.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "host/settings.hpp"

namespace jackfield::host {
namespace {

namespace json = boost::json;

// Thrown by the readers below, caught in parse_manifest.
struct Wrong {
  std::string what;
};

[[noreturn]] void wrong(std::string_view where, std::string_view what) {
  throw Wrong{"manifest: " + std::string(where) + " " + std::string(what)};
}

const json::value* find(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && !value->is_null() ? value : nullptr;
}

std::string text(const json::object& object, std::string_view key, std::string_view otherwise = {}) {
  const auto* value = find(object, key);
  if (!value) return std::string(otherwise);
  if (!value->is_string()) wrong(key, "must be a string");
  return std::string(value->get_string());
}

std::string needed_text(const json::object& object, std::string_view key) {
  std::string value = text(object, key);
  if (value.empty()) wrong(key, "is missing or empty");
  return value;
}

std::string one_of(const json::object& object, std::string_view key, std::initializer_list<std::string_view> allowed,
                   std::string_view otherwise) {
  std::string value = text(object, key, otherwise);
  for (const auto word : allowed)
    if (value == word) return value;
  wrong(key, "cannot be \"" + value + "\"");
}

double number(const json::object& object, std::string_view key, double otherwise, double least, double most) {
  const auto* value = find(object, key);
  if (!value) return otherwise;
  if (!value->is_number()) wrong(key, "must be a number");
  const double read = value->to_number<double>();
  if (read < least || read > most) wrong(key, "is out of range");
  return read;
}

std::int64_t whole(const json::object& object, std::string_view key, std::int64_t otherwise, std::int64_t least,
                   std::int64_t most = 1'000'000'000'000) {
  return static_cast<std::int64_t>(
      number(object, key, static_cast<double>(otherwise), static_cast<double>(least), static_cast<double>(most)));
}

bool flag(const json::object& object, std::string_view key) {
  const auto* value = find(object, key);
  if (!value) return false;
  if (!value->is_bool()) wrong(key, "must be true or false");
  return value->get_bool();
}

json::array list(const json::object& object, std::string_view key) {
  const auto* value = find(object, key);
  if (!value) return {};
  if (!value->is_array()) wrong(key, "must be a list");
  return value->get_array();
}

std::vector<std::string> words(const json::object& object, std::string_view key) {
  std::vector<std::string> out;
  for (const auto& item : list(object, key)) {
    if (!item.is_string()) wrong(key, "must be a list of strings");
    out.emplace_back(item.get_string());
  }
  return out;
}

json::object part(const json::object& object, std::string_view key) {
  const auto* value = find(object, key);
  if (!value) return {};
  if (!value->is_object()) wrong(key, "must be an object");
  return value->get_object();
}

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  for (const char c : text)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.')) return false;
  return true;
}

WebhookRoute read_route(const json::value& item) {
  if (!item.is_object()) wrong("webhooks", "must be a list of objects");
  const auto& object = item.get_object();
  WebhookRoute route;
  route.method = needed_text(object, "method");
  for (const char c : route.method)
    if (c < 'A' || c > 'Z') wrong("webhooks", "have methods in capital letters, not \"" + route.method + "\"");
  route.path = needed_text(object, "path");
  if (route.path[0] != '/' || route.path.find_first_of("?# ") != std::string::npos)
    wrong("webhooks", "have paths that begin with a slash, not \"" + route.path + "\"");
  route.max_bytes = static_cast<std::size_t>(
      whole(object, "max_bytes", static_cast<std::int64_t>(route.max_bytes), 1, 64 * 1024 * 1024));
  return route;
}

MediaLimit read_media(const json::value& item) {
  if (!item.is_object()) wrong("media", "must be a list of objects");
  return {needed_text(item.get_object(), "kind"), words(item.get_object(), "types"),
          whole(item.get_object(), "max_bytes", 0, 0)};
}

void read_limits(Manifest& m, const json::object& channel) {
  const auto limit = part(channel, "text");
  m.text_limit = whole(limit, "limit", 0, 0);
  m.text_unit = text(limit, "unit", "characters");
  const auto window = part(channel, "reply_window");
  m.reply_window_seconds = whole(window, "seconds", 0, 0);
  m.outside_window = words(window, "outside");
  const auto rate = part(channel, "rate");
  m.per_second = number(rate, "per_second", 0, 0, 1e6);
  m.burst = static_cast<int>(
      whole(rate, "burst", m.per_second > 1 ? static_cast<std::int64_t>(m.per_second) : 1, 1, 1'000'000));
  m.max_in_flight = static_cast<int>(whole(channel, "max_in_flight", m.max_in_flight, 1, 10'000));
  m.send_timeout = Millis{whole(channel, "send_timeout_ms", m.send_timeout.count(), 100, 3'600'000)};
  m.deadline = std::chrono::seconds{whole(channel, "deadline_seconds", 86'400, 1, 30 * 86'400)};
  m.idempotent_sends = flag(channel, "idempotent_sends");
}

void read_channel(Manifest& m, const json::object& channel) {
  m.scheme = needed_text(channel, "scheme");
  if (!is_name(m.scheme)) wrong("scheme", "cannot be \"" + m.scheme + "\"");
  m.scoped = one_of(channel, "scope", {"global", "account"}, "global") == "account";
  m.attests = words(channel, "attests");
  m.capacity_class = one_of(channel, "class", {"chat", "voice", "message"}, "message");
  const auto direction = one_of(channel, "direction", {"both", "in", "out"}, "both");
  m.receives = direction != "out";
  m.sends = direction != "in";
  m.visibility = words(channel, "visibility");
  if (m.visibility.empty()) m.visibility = {"private"};
  m.default_scope = one_of(channel, "default_scope", {"contact", "channel", "thread"}, "contact");
  m.account_setting = text(channel, "account_setting");
  for (const auto& item : list(channel, "webhooks")) m.webhooks.push_back(read_route(item));
  m.parts_in = words(channel, "parts_in");
  m.parts_out = words(channel, "parts_out");
  m.converts = words(channel, "converts");
  for (const auto& type : m.converts)
    if (type != "choices" && type != "location" && type != "contact")
      wrong("converts", "can name choices, location and contact, not \"" + type + "\"");
  for (const auto& item : list(channel, "media")) m.media.push_back(read_media(item));
  read_limits(m, channel);
}

Manifest read_manifest(const json::object& object) {
  Manifest m;
  m.id = needed_text(object, "id");
  if (!is_name(m.id)) wrong("id", "has only a-z, 0-9, dash, dot and plus, and at most 64 of them");
  m.version = needed_text(object, "version");
  m.name = text(object, "name", m.id);
  m.description = text(object, "description");
  for (const auto& need : words(object, "needs")) {
    if (need != "network") wrong("needs", "has only \"network\", not \"" + need + "\"");
    m.needs_network = true;
  }
  if (!find(object, "channel")) wrong("channel", "is missing");
  read_channel(m, part(object, "channel"));
  m.settings_schema = part(object, "settings");
  if (m.settings_schema.empty()) m.settings_schema = {{"type", "object"}, {"properties", json::object{}}};
  if (const auto problem = schema_problem(m.settings_schema); !problem.empty()) wrong("settings", problem);
  return m;
}

}  // namespace

Result<Manifest> parse_manifest(std::string_view text) {
  boost::system::error_code error;
  const auto value = json::parse(text, error);
  if (error) return fail(Errc::invalid, "manifest: is not JSON: " + error.message());
  if (!value.is_object()) return fail(Errc::invalid, "manifest: is not a JSON object");
  try {
    return read_manifest(value.get_object());
  } catch (const Wrong& problem) {
    return fail(Errc::invalid, problem.what);
  }
}

}  // namespace jackfield::host
