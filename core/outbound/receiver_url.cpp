#include "outbound/receiver_url.hpp"

#include <algorithm>

#include "net/address_guard.hpp"

namespace jackfield::outbound {

std::string why_no_receiver(std::string_view url, bool over_api) {
  if (url.size() > 2048) return "is longer than 2048 bytes";
  if (over_api && !url.starts_with("https://")) return "must begin with https://";
  if (!url.starts_with("https://") && !url.starts_with("http://")) return "must begin with https:// or http://";
  const auto is_odd = [](unsigned char c) { return c <= ' ' || c >= 127 || c == '#'; };
  if (std::any_of(url.begin(), url.end(), is_odd) || net::origin_of(url).empty()) return "is no URL";
  const auto rest = url.substr(url.find("://") + 3);
  const auto authority = rest.substr(0, rest.find_first_of("/?"));
  if (authority.empty()) return "is no URL";
  if (authority.find('@') != std::string_view::npos) return "must hold no user name or password";
  return {};
}

}  // namespace jackfield::outbound
