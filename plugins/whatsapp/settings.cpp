#include "settings.hpp"

#include <boost/json/parse.hpp>

#include "json_read.hpp"

namespace jackfield::whatsapp {
namespace {

namespace json = boost::json;

// It becomes a piece of a URL's path.
bool is_id(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-") ==
                              std::string_view::npos;
}

json::object parsed(std::string_view text) {
  boost::system::error_code error;
  auto value = json::parse(text, error);
  return error || !value.is_object() ? json::object() : std::move(value.get_object());
}

}  // namespace

Settings parse_settings(std::string_view text) {
  const auto object = parsed(text);
  Settings settings;
  settings.phone_number_id = text_at(object, "phone_number_id");
  if (const auto url = text_at(object, "api_url"); !url.empty()) settings.api_url = url;
  if (const auto version = text_at(object, "api_version"); !version.empty()) settings.api_version = version;
  settings.portfolio_id = text_at(object, "portfolio_id");
  settings.preview_urls = true_at(object, "preview_urls");
  settings.appsecret_proof = true_at(object, "appsecret_proof");
  settings.link_media = text_at(object, "send_media") == "link";
  while (settings.api_url.ends_with('/')) settings.api_url.pop_back();
  if (!is_id(settings.phone_number_id)) throw sdk::Error(JF_CONFIG, "settings", "phone_number_id is missing or no id");
  return settings;
}

void check_settings(std::string_view text, sdk::Problems& problems) {
  const auto object = parsed(text);
  const auto id = text_at(object, "phone_number_id");
  if (!id.empty() && !is_id(id))
    problems.add("/phone_number_id", "must be the id that Meta shows beside the number, not the number",
                 "it has digits only");
  const auto url = text_at(object, "api_url");
  if (url.find_first_of("?# ") != std::string_view::npos)
    problems.add("/api_url", "must be a base URL without query", "https://graph.facebook.com");
}

}  // namespace jackfield::whatsapp
