#include "simulate/twitter_auth.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <map>
#include <vector>

#include "base/crypto.hpp"

namespace jackfield::simulate {
namespace {

constexpr std::string_view kAppToken = "simulated-app-token";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain =
        std::isalnum(static_cast<unsigned char>(c)) || std::string_view("-._~").find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += '%' + to_hex(&c, 1);
      std::transform(out.end() - 2, out.end(), out.end() - 2,
                     [](char h) { return static_cast<char>(std::toupper(h)); });
    }
  }
  return out;
}

// OAuth oauth_consumer_key="…", …
std::map<std::string, std::string> parameters_of(std::string_view header) {
  std::map<std::string, std::string> out;
  header.remove_prefix(6);
  while (!header.empty()) {
    const auto equals = header.find("=\""),
               end = equals == std::string_view::npos ? equals : header.find('"', equals + 2);
    if (end == std::string_view::npos) break;
    auto name = header.substr(0, equals);
    name.remove_prefix(std::min(name.find_first_not_of(", "), name.size()));
    out[std::string(name)] = net::percent_decode(header.substr(equals + 2, end - equals - 2));
    header.remove_prefix(end + 1);
  }
  return out;
}

std::string hmac_sha1_base64(const std::string& key, const std::string& text) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned len = 0;
  HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), mac, &len);
  return to_base64({reinterpret_cast<const char*>(mac), len});
}

std::string basic(const std::string& id, const std::string& secret) {
  return "Basic " + to_base64(escaped(id) + ':' + escaped(secret));
}

}  // namespace

bool TwitterAuth::is_signed(const net::HttpRequest& request, std::string_view header) const {
  auto given = parameters_of(header);
  const auto signature = given["oauth_signature"];
  given.erase("oauth_signature");
  if (given["oauth_consumer_key"] != options_.consumer_key || given["oauth_token"] != options_.access_token)
    return false;
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& [name, value] : given) pairs.emplace_back(escaped(name), escaped(value));
  for (const auto& [name, value] : net::parse_query(request.query)) pairs.emplace_back(escaped(name), escaped(value));
  std::sort(pairs.begin(), pairs.end());
  std::string all;
  for (const auto& [name, value] : pairs) all += (all.empty() ? "" : "&") + name + '=' + value;
  const auto url = "http://" + std::string(request.header("host")) + request.path;
  const auto base = request.method + '&' + escaped(url) + '&' + escaped(all);
  const auto key = escaped(options_.consumer_secret) + '&' + escaped(options_.access_token_secret);
  return equal_constant_time(hmac_sha1_base64(key, base), signature);
}

Caller TwitterAuth::caller(const net::HttpRequest& request) const {
  const auto header = request.header("authorization");
  if (header == "Bearer " + std::string(kAppToken)) return Caller::app;
  if (!access_token_.empty() && header == "Bearer " + access_token_) return Caller::user;
  return header.starts_with("OAuth ") && is_signed(request, header) ? Caller::user : Caller::nobody;
}

// A refresh token is good for once: its successor comes with the answer.
std::optional<boost::json::object> TwitterAuth::token(const net::HttpRequest& request) {
  std::map<std::string, std::string> form;
  for (auto& [name, value] : net::parse_query(request.body)) form[name] = value;
  if (request.path == "/oauth2/token") {
    if (request.header("authorization") != basic(options_.consumer_key, options_.consumer_secret)) return std::nullopt;
    return boost::json::object{{"token_type", "bearer"}, {"access_token", kAppToken}};
  }
  if (form["grant_type"] != "refresh_token" || form["refresh_token"] != refresh_token_ ||
      form["client_id"] != options_.client_id)
    return std::nullopt;
  ++refreshes_;
  refresh_token_ = options_.refresh_token + '-' + std::to_string(refreshes_);
  access_token_ = "simulated-access-token-" + std::to_string(refreshes_);
  return boost::json::object{{"token_type", "bearer"},
                             {"access_token", access_token_},
                             {"refresh_token", refresh_token_},
                             {"expires_in", 7200}};
}

}  // namespace jackfield::simulate
