#include "vonage_jwt.hpp"

#include <boost/json/serialize.hpp>

#include "digest.hpp"
#include "json_read.hpp"

namespace jackfield::sms {
namespace {

namespace json = boost::json;
constexpr std::size_t kLongestToken = 8192;
constexpr std::int64_t kLeeway = 300;                  // seconds that clocks may differ by
constexpr std::int64_t kOldest = 24 * 3600 + kLeeway;  // Vonage posts again for 24 hours

json::object part_of(std::string_view text) {
  const auto bytes = decode_base64url(text);
  return bytes ? parsed_object(*bytes) : json::object();
}

std::string problem_of_times(const json::object& claims, std::int64_t now) {
  const auto issued = number_at(claims, "iat", -1);
  if (issued < 0) return "the token does not say when it was issued";
  if (issued > now + kLeeway) return "the token is from the future";
  if (issued < now - kOldest) return "the token is too old";
  if (number_at(claims, "exp", now) + kLeeway < now) return "the token has expired";
  return number_at(claims, "nbf", now) > now + kLeeway ? "the token is not valid yet" : "";
}

}  // namespace

VonageJwt::VonageJwt(std::vector<std::string> secrets, std::string api_key)
    : secrets_(std::move(secrets)), api_key_(std::move(api_key)) {
  std::erase(secrets_, std::string());
}

bool VonageJwt::is_signed(std::string_view token) const {
  const auto dot = token.rfind('.');
  const auto given = decode_base64url(token.substr(dot + 1));
  bool right = false;
  for (const auto& secret : secrets_)
    right |= given && equal_constant_time(hmac_sha256(secret, token.substr(0, dot)), *given);
  return right;
}

std::string VonageJwt::problem(std::string_view authorization, std::string_view body, std::int64_t now_ms) const {
  if (!authorization.starts_with("Bearer ")) return "there is no token";
  const auto token = authorization.substr(7);
  const auto first = token.find('.'), last = token.rfind('.');
  if (token.size() > kLongestToken || first == std::string_view::npos || first == last) return "that is no token";
  if (text_at(part_of(token.substr(0, first)), "alg") != "HS256") return "the token is not signed with HS256";
  if (!is_signed(token)) return "the signature is wrong";
  const auto claims = part_of(token.substr(first + 1, last - first - 1));
  if (auto problem = problem_of_times(claims, now_ms / 1000); !problem.empty()) return problem;
  if (const auto account = text_at(claims, "api_key"); !account.empty() && account != api_key_)
    return "the token is of another account";
  if (!equal_constant_time(hex(sha256(body)), text_at(claims, "payload_hash"))) return "the body is not the signed one";
  return {};
}

std::string VonageJwt::sign(std::string_view body, std::int64_t now_ms, std::string_view jti) const {
  if (secrets_.empty()) return {};
  const json::object claims{{"iss", "Vonage"},
                            {"iat", now_ms / 1000},
                            {"jti", jti},
                            {"api_key", api_key_},
                            {"payload_hash", hex(sha256(body))}};
  const auto head = base64url(R"({"alg":"HS256","typ":"JWT"})") + '.' + base64url(json::serialize(claims));
  return head + '.' + base64url(hmac_sha256(secrets_.front(), head));
}

}  // namespace jackfield::sms
