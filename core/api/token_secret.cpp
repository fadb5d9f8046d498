#include "api/token_secret.hpp"

#include <algorithm>

#include "base/crypto.hpp"

namespace jackfield::api {
namespace {

constexpr std::string_view kPrefix = "jft_", kScheme = "sha256:";
constexpr std::size_t kBytes = 32;

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

}  // namespace

std::string new_token(Random& random) {
  std::string bytes(kBytes, '\0');
  random.fill(bytes.data(), bytes.size());
  return std::string(kPrefix) + to_base64url(bytes);
}

std::string why_no_token(std::string_view token) {
  if (token.size() < kShortestToken)
    return "is too short: at least " + std::to_string(kShortestToken) + " characters, as `jackfield token` makes them";
  const auto is_visible = [](unsigned char c) { return c > 0x20 && c < 0x7f; };
  if (!std::all_of(token.begin(), token.end(), is_visible))
    return "may hold only visible ASCII characters: it travels in an HTTP header";
  return {};
}

std::string shown_hash(std::string_view token) { return std::string(kScheme) + sha256_hex(token); }

std::optional<std::string> parse_hash(std::string_view shown) {
  if (!shown.starts_with(kScheme)) return std::nullopt;
  std::string digits(shown.substr(kScheme.size()));
  for (char& c : digits)
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  if (digits.size() != 2 * kBytes || !std::all_of(digits.begin(), digits.end(), is_hex)) return std::nullopt;
  return digits;
}

}  // namespace jackfield::api
