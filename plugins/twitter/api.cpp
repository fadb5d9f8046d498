#include "api.hpp"

#include <array>

namespace jackfield::twitter {
namespace {

// What a call gets that could not even be made: as if the API had refused it, where a token was refused.
sdk::HttpResponse no_token(const sdk::HttpResponse& why) {
  sdk::HttpResponse out = why;
  if (out.ok()) out.http_status = 401;
  // the request itself never left: nothing was done, whatever became of the token's
  if (!out.answered()) out.progress = JF_HTTP_NOT_SENT;
  if (out.answered() && out.http_status >= 400 && out.http_status < 500 && out.http_status != 429)
    out.http_status = 401;
  if (out.error.empty()) out.error = "X gives no token";
  return out;
}

OAuth1Keys keys_of(sdk::Host& host, bool oauth2) {
  return {secret_of(host, "/consumer_key"), secret_of(host, "/consumer_secret"),
          secret_of(host, "/access_token", !oauth2), secret_of(host, "/access_token_secret", !oauth2)};
}

}  // namespace

std::string secret_of(sdk::Host& host, std::string_view pointer, bool needed) {
  for (auto& value : host.secret(pointer))
    if (!value.empty()) return std::move(value);
  if (needed) throw sdk::Error(JF_CONFIG, "settings", std::string(pointer.substr(1)) + " is not set");
  return {};
}

Api::Api(sdk::Host& host, const Settings& settings)
    : host_(host),
      base_(settings.api_url),
      keys_(keys_of(host, !settings.client_id.empty())),
      app_(host, base_ + "/oauth2/token", basic_header(keys_.consumer_key, keys_.consumer_secret),
           secret_of(host, "/bearer_token", false)) {
  if (settings.client_id.empty()) return;
  user_ = std::make_unique<UserToken>(host, UserToken::Client{base_ + "/2/oauth2/token", settings.client_id,
                                                              secret_of(host, "/oauth2/client_secret", false),
                                                              secret_of(host, "/oauth2/refresh_token")});
}

void Api::as_user(ApiCall call, ApiThen then) {
  if (user_) return with_user_token(std::move(call), std::move(then), true);
  const auto header = oauth1_header(keys_, call.method, base_ + call.path, nonce(), host_.now_ms() / 1000);
  request(call, header, std::move(then));
}

void Api::as_app(ApiCall call, ApiThen then) { with_app_token(std::move(call), std::move(then), true); }

void Api::with_user_token(ApiCall call, ApiThen then, bool again) {
  user_->get([this, call = std::move(call), then = std::move(then), again](const std::string& token,
                                                                           const sdk::HttpResponse& why) mutable {
    if (token.empty()) return then(no_token(why));
    auto first = again ? call : ApiCall{};
    request(call, "Bearer " + token,
            [this, first = std::move(first), then = std::move(then), again,
             token](const sdk::HttpResponse& response) mutable {
              if (!again || !response.answered() || response.http_status != 401) return then(response);
              user_->forget(token);
              with_user_token(std::move(first), std::move(then), false);
            });
  });
}

void Api::with_app_token(ApiCall call, ApiThen then, bool again) {
  app_.get([this, call = std::move(call), then = std::move(then), again](const std::string& token,
                                                                         const sdk::HttpResponse& why) mutable {
    if (token.empty()) return then(no_token(why));
    auto first = again ? call : ApiCall{};
    request(call, "Bearer " + token,
            [this, first = std::move(first), then = std::move(then), again](const sdk::HttpResponse& response) mutable {
              if (!again || !response.answered() || response.http_status != 401) return then(response);
              app_.forget();
              with_app_token(std::move(first), std::move(then), false);
            });
  });
}

void Api::request(const ApiCall& call, const std::string& authorization, ApiThen then) {
  const auto url = base_ + call.path;
  sdk::Headers headers;
  headers.add("Authorization", authorization).add("User-Agent", "jackfield/0.1");
  if (!call.body.empty()) headers.add("Content-Type", call.content_type);
  host_.http({.method = call.method,
              .url = url,
              .headers = headers,
              .body = call.body,
              .flags = call.flags,
              .timeout_ms = call.timeout_ms,
              .max_bytes = call.max_bytes},
             std::move(then));
}

std::string Api::nonce() {
  static constexpr char kHex[] = "0123456789abcdef";
  std::array<std::uint8_t, 16> bytes;
  host_.random(bytes);
  std::string out;
  for (const auto byte : bytes) out += {kHex[byte >> 4], kHex[byte & 15]};
  return out;
}

}  // namespace jackfield::twitter
