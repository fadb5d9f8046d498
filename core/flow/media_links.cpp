#include "flow/media_links.hpp"

#include <charconv>

#include "base/crypto.hpp"

namespace jackfield::flow {
namespace {

constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kLife = 24 * kHour;

}  // namespace

std::string MediaLinks::signature(Id media, std::string_view expires) const {
  const auto digest = hmac_sha256(key_, "media\n" + to_string(media) + "\n" + std::string(expires));
  return to_hex(digest.data(), digest.size());
}

std::string MediaLinks::url(Id media, Time now) const {
  const std::int64_t begun = to_ms(now) / 1000 / kHour * kHour;
  const std::string expires = std::to_string(begun + kHour + kLife);
  return public_url_ + "/media/" + to_string(media) + "?expires=" + expires + "&signature=" + signature(media, expires);
}

bool MediaLinks::allows(Id media, std::string_view expires, std::string_view given, Time now) const {
  if (!equal_constant_time(signature(media, expires), given)) return false;
  std::int64_t until = 0;
  const auto [end, error] = std::from_chars(expires.data(), expires.data() + expires.size(), until);
  return error == std::errc{} && end == expires.data() + expires.size() && to_ms(now) / 1000 < until;
}

}  // namespace jackfield::flow
