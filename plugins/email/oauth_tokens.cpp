#include "oauth_tokens.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "charset.hpp"
#include "token_command.hpp"

namespace jackfield::email {
namespace {

namespace json = boost::json;

constexpr std::int64_t usual_life_s = 3600;       // when the server does not say
constexpr std::int64_t most_life_s = 86400;       // however long it says
constexpr std::int64_t early_ms = 5 * 60 * 1000;  // before its end a token is replaced, or after 80 % of a short life
constexpr std::uint64_t http_timeout_ms = 20000;
constexpr std::int64_t command_timeout_ms = 20000;

std::string encoded(std::string_view text) {
  static constexpr char hex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || c == '.' || c == '~';
    if (plain)
      out.push_back(c);
    else
      out.append({'%', hex[byte >> 4], hex[byte & 15]});
  }
  return out;
}

void add_field(std::string& form, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  if (!form.empty()) form += "&";
  form.append(name).append("=").append(encoded(value));
}

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

// Some servers say the number as text.
std::int64_t life_of(const json::object& grant) {
  const json::value* value = grant.if_contains("expires_in");
  std::int64_t seconds = usual_life_s;
  if (value && value->is_number()) seconds = static_cast<std::int64_t>(value->to_number<double>());
  if (value && value->is_string()) seconds = std::atoll(std::string(value->get_string()).c_str());
  return std::clamp<std::int64_t>(seconds, 0, most_life_s);
}

// Never the whole answer: it may hold secrets.
std::string problem_in(const sdk::HttpResponse& response) {
  if (!response.answered()) return "the token server cannot be reached: " + std::string(response.error);
  std::string out = "the token server answered " + std::to_string(response.http_status);
  boost::system::error_code bad;
  const json::value value = json::parse(response.body, bad);
  if (bad || !value.is_object()) return out;
  for (const char* key : {"error", "error_description"})
    if (const std::string text = text_of(value.get_object(), key); !text.empty()) out += ": " + clean_line(text, 200);
  return out;
}

}  // namespace

void OauthTokens::get(Done done) {
  if (!value_.empty() && host_.now_ms() < good_until_ms_) return done({value_, {}});
  waiting_.push_back(std::move(done));
  if (waiting_.size() == 1) fetch();
}

void OauthTokens::refused(std::string_view token) {
  if (token == value_) value_.clear();
}

void OauthTokens::fetch() {
  if (!settings_.command.empty()) return run_command();
  if (settings_.refresh_token.empty() || loaded_) return ask_server();
  load_refresh_token();
}

// The key names the token that a person configured, so that a new one takes the place of what came of the old.
std::string OauthTokens::state_key() const {
  const std::string from = settings_.token_url + '\n' + settings_.client_id + '\n' + settings_.refresh_token;
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(from.data()), from.size(), digest);
  std::string key = "oauth/";
  for (int i = 0; i < 16; ++i) key.append({"0123456789abcdef"[digest[i] >> 4], "0123456789abcdef"[digest[i] & 15]});
  return key;
}

void OauthTokens::load_refresh_token() {
  host_.kv_get(state_key(), [self = shared_from_this()](jf_status status, std::string_view value) {
    if (status != JF_OK && status != JF_NOT_FOUND) return self->settle({{}, "the channel's state cannot be read"});
    self->loaded_ = true;
    self->stored_ = status == JF_OK ? std::string(value) : std::string();
    self->refresh_token_ = self->stored_.empty() ? self->settings_.refresh_token : self->stored_;
    self->ask_server();
  });
}

void OauthTokens::ask_server() {
  std::string form;
  add_field(form, "grant_type", settings_.refresh_token.empty() ? "client_credentials" : "refresh_token");
  add_field(form, "client_id", settings_.client_id);
  add_field(form, "client_secret", settings_.client_secret);
  add_field(form, "refresh_token", refresh_token_);
  add_field(form, "scope", settings_.scope);
  sdk::Headers headers;
  headers.add("content-type", "application/x-www-form-urlencoded").add("accept", "application/json");
  const sdk::HttpRequest request{.method = "POST",
                                 .url = settings_.token_url,
                                 .headers = headers,
                                 .body = form,
                                 .timeout_ms = http_timeout_ms,
                                 .max_bytes = 256 * 1024};
  host_.http(request, [self = shared_from_this()](const sdk::HttpResponse& response) { self->take_answer(response); });
}

void OauthTokens::take_answer(const sdk::HttpResponse& response) {
  if (!response.ok()) return settle({{}, problem_in(response)});
  take_grant(response.body);
}

void OauthTokens::run_command() {
  auto result = std::make_shared<CommandResult>();
  auto work = [result, command = settings_.command] { *result = run_token_command(command, command_timeout_ms); };
  host_.offload(std::move(work), [self = shared_from_this(), result](jf_status status) {
    if (status != JF_OK) return self->settle({{}, "the token command could not be started"});
    if (!result->problem.empty()) return self->settle({{}, result->problem});
    self->take_grant(result->output);
  });
}

// {"access_token", "expires_in", "refresh_token"}; a command may also write the bare token.
void OauthTokens::take_grant(std::string_view text) {
  boost::system::error_code bad;
  const json::value grant = json::parse(text, bad);
  std::string value(text), replaced;
  std::int64_t life_s = usual_life_s;
  if (!bad && grant.is_object()) {
    value = text_of(grant.get_object(), "access_token");
    replaced = text_of(grant.get_object(), "refresh_token");
    life_s = life_of(grant.get_object());
  } else if (settings_.command.empty()) {
    value.clear();
  }
  const bool clean = std::all_of(value.begin(), value.end(), [](char c) { return c > ' ' && c < 0x7F; });
  if (value.empty() || !clean) return settle({{}, "there is no access token in what came"});
  good_until_ms_ = host_.now_ms() + std::max(life_s * 1000 - early_ms, life_s * 800);
  if (settings_.refresh_token.empty() || replaced.empty() || replaced == refresh_token_) return settle({value, {}});
  keep_refresh_token(std::move(value), std::move(replaced));
}

// The old one may be dead from now on: the new one is durable before its token is used.
void OauthTokens::keep_refresh_token(std::string value, std::string token) {
  refresh_token_ = token;
  const std::string key = state_key();
  host_.kv_cas(key, stored_, token, [self = shared_from_this(), value, token](jf_status status) {
    if (status == JF_OK)
      self->stored_ = token;
    else
      self->host_.error(
          "the new refresh token could not be stored: after a restart a person may have to sign in again");
    self->settle({value, {}});
  });
}

void OauthTokens::settle(const Token& token) {
  value_ = token.value;
  const auto waiting = std::exchange(waiting_, {});
  for (const Done& done : waiting) done(token);
}

}  // namespace jackfield::email
