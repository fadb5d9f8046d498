#include "graph.hpp"

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

Graph::Graph(const Settings& settings, std::string access_token)
    : base_(settings.api_url + '/' + settings.api_version),
      origin_(settings.api_url.substr(0, settings.api_url.find('/', settings.api_url.find("://") + 3)) + '/'),
      number_url_(base_ + '/' + settings.phone_number_id),
      phone_number_id_(settings.phone_number_id),
      access_token_(std::move(access_token)) {}

std::string Graph::media_url(std::string_view media_id) const {
  return base_ + '/' + escaped(media_id) + "?phone_number_id=" + phone_number_id_;
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
