#include "settings.hpp"

#include <boost/json/parse.hpp>

#include "json_read.hpp"

namespace jackfield::twitter {
namespace {

namespace json = boost::json;

json::object parsed(std::string_view text) {
  boost::system::error_code error;
  auto value = json::parse(text, error);
  return error || !value.is_object() ? json::object() : std::move(value.get_object());
}

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

template <class Number>
void number(const json::object& in, std::string_view key, Number& out) {
  const auto* value = in.if_contains(key);
  if (value && value->is_int64() && value->get_int64() >= 0) out = static_cast<Number>(value->get_int64());
}

// X calls no URL that names a port, and none without TLS; a simulator on this machine is neither.
bool is_public(std::string_view url) {
  if (!url.starts_with("https://")) return false;
  const auto authority = url.substr(8, url.find('/', 8) - 8);
  return authority.find(':') == std::string_view::npos;
}

bool is_loopback(std::string_view url) {
  return url.starts_with("http://127.") || url.starts_with("http://localhost") || url.starts_with("http://[::1]");
}

}  // namespace

Settings parse_settings(std::string_view text) {
  const auto object = parsed(text);
  Settings settings;
  settings.user_id = text_at(object, "user_id");
  if (const auto url = text_at(object, "api_url"); !url.empty()) settings.api_url = url;
  while (settings.api_url.ends_with('/')) settings.api_url.pop_back();
  settings.webhook_url = text_at(object, "webhook_url");
  if (const auto* oauth2 = object_at(object, "oauth2")) settings.client_id = text_at(*oauth2, "client_id");
  settings.stream = text_at(object, "receive") == "stream";
  settings.enterprise = text_at(object, "tier") == "enterprise";
  number(object, "stream_connections", settings.stream_connections);
  number(object, "post_limit", settings.post_limit);
  number(object, "recovery_pages", settings.recovery_pages);
  if (!all_digits(settings.user_id)) throw sdk::Error(JF_CONFIG, "settings", "user_id is missing or no number");
  return settings;
}

void check_settings(std::string_view text, sdk::Problems& problems) {
  const auto object = parsed(text);
  const bool oauth1 = object.contains("access_token") && object.contains("access_token_secret");
  if (oauth1 == object.contains("oauth2"))
    problems.add("", "needs either access_token and access_token_secret, or oauth2",
                 "the developer portal makes the first two under Keys and tokens");
  const auto url = text_at(object, "api_url");
  if (url.find_first_of("?# ") != std::string_view::npos)
    problems.add("/api_url", "must be a base URL without query", "https://api.x.com");
  const auto webhook = text_at(object, "webhook_url");
  if (!webhook.empty() && !is_public(webhook) && !is_loopback(webhook))
    problems.add("/webhook_url", "must be https and name no port: X calls no other",
                 "https://contact.example.com/channels/NAME/webhook");
}

}  // namespace jackfield::twitter
