#include "outbound/signature.hpp"

#include "base/crypto.hpp"

namespace jackfield::outbound {
namespace {

constexpr std::string_view kPrefix = "whsec_";
constexpr std::size_t kLeastKey = 24, kMostKey = 64;

}  // namespace

std::string new_secret(Random& random) {
  std::string key(kLeastKey, '\0');
  random.fill(key.data(), key.size());
  return std::string(kPrefix) + to_base64(key);
}

std::optional<std::string> key_of(std::string_view secret) {
  if (!secret.starts_with(kPrefix)) return std::nullopt;
  auto key = from_base64(secret.substr(kPrefix.size()));
  if (!key || key->size() < kLeastKey || key->size() > kMostKey) return std::nullopt;
  return key;
}

std::string sign(std::string_view key, std::string_view id, std::int64_t timestamp, std::string_view body) {
  std::string text(id);
  text.reserve(text.size() + body.size() + 24);
  text.append(".").append(std::to_string(timestamp)).append(".").append(body);
  const Sha256 mac = hmac_sha256(key, text);
  return "v1," + to_base64({reinterpret_cast<const char*>(mac.data()), mac.size()});
}

}  // namespace jackfield::outbound
