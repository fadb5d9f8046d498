#include "oauth1.hpp"

#include <algorithm>

#include "signature.hpp"

namespace jackfield::twitter {
namespace {

using Pair = std::pair<std::string, std::string>;

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char small = static_cast<char>(c | 0x20);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool code = text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    out += code ? static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])) : text[i];
    if (code) i += 2;
  }
  return out;
}

void add_query(std::string_view query, std::vector<Pair>& out) {
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    const auto equals = std::min(pair.find('='), pair.size());
    const auto value = equals < pair.size() ? pair.substr(equals + 1) : std::string_view();
    if (!pair.empty()) out.emplace_back(escaped(unescaped(pair.substr(0, equals))), escaped(unescaped(value)));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
}

std::string joined(std::vector<Pair> pairs) {
  std::sort(pairs.begin(), pairs.end());
  std::string out;
  for (const auto& [key, value] : pairs) out += (out.empty() ? "" : "&") + key + '=' + value;
  return out;
}

}  // namespace

std::string escaped(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const unsigned char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain)
      out += static_cast<char>(c);
    else
      out += {'%', kHex[c >> 4], kHex[c & 15]};
  }
  return out;
}

std::string oauth1_header(const OAuth1Keys& keys, std::string_view method, std::string_view url, std::string_view nonce,
                          std::int64_t unix_seconds) {
  std::vector<Pair> pairs = {{"oauth_consumer_key", escaped(keys.consumer_key)},
                             {"oauth_nonce", escaped(nonce)},
                             {"oauth_signature_method", "HMAC-SHA1"},
                             {"oauth_timestamp", std::to_string(unix_seconds)},
                             {"oauth_token", escaped(keys.token)},
                             {"oauth_version", "1.0"}};
  auto all = pairs;
  const auto question = std::min(url.find('?'), url.size());
  if (question < url.size()) add_query(url.substr(question + 1), all);
  const auto base =
      std::string(method) + '&' + escaped(url.substr(0, question)) + '&' + escaped(joined(std::move(all)));
  const auto key = escaped(keys.consumer_secret) + '&' + escaped(keys.token_secret);
  pairs.emplace_back("oauth_signature", escaped(base64(hmac_sha1(key, base))));
  std::string header = "OAuth ";
  for (std::size_t i = 0; i < pairs.size(); ++i)
    header += (i > 0 ? ", " : "") + pairs[i].first + "=\"" + pairs[i].second + '"';
  return header;
}

}  // namespace jackfield::twitter
