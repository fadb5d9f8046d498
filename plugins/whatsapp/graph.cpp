#include "graph.hpp"

#include "signature.hpp"

namespace jackfield::whatsapp {
namespace {

// One segment of a path: what came from outside cannot leave its place.
std::string escaped(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const unsigned char c : text) {
    const bool plain =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    if (plain)
      out += static_cast<char>(c);
    else
      out += {'%', kHex[c >> 4], kHex[c & 15]};
  }
  return out;
}

}  // namespace

Graph::Graph(const Settings& settings, std::string access_token, const std::string& app_secret)
    : base_(settings.api_url + '/' + settings.api_version),
      origin_(settings.api_url.substr(0, settings.api_url.find('/', settings.api_url.find("://") + 3)) + '/'),
      number_url_(base_ + '/' + settings.phone_number_id),
      phone_number_id_(settings.phone_number_id),
      access_token_(std::move(access_token)) {
  // HMAC-SHA256 of the token with the app secret: what signs a webhook, over other bytes.
  if (!app_secret.empty())
    proof_ = Signature({app_secret}).sign(access_token_).substr(std::string_view("sha256=").size());
}

std::string Graph::proven(std::string url) const {
  if (proof_.empty()) return url;
  url += url.find('?') == std::string::npos ? '?' : '&';
  return url + "appsecret_proof=" + proof_;
}

std::string Graph::media_url(std::string_view media_id) const {
  return proven(base_ + '/' + escaped(media_id) + "?phone_number_id=" + phone_number_id_);
}

sdk::Headers Graph::headers() const {
  sdk::Headers headers;
  // Meta's file servers refuse requests that do not say who asks.
  headers.add("Authorization", "Bearer " + access_token_).add("User-Agent", "jackfield/0.1");
  return headers;
}

bool Graph::may_have_token(std::string_view url) const {
  return url.starts_with("https://") || url.starts_with(origin_);
}

}  // namespace jackfield::whatsapp
