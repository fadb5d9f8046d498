// Calls to the X API, as the user or as the app.
#pragma once

#include <jackfield/jackfield.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "oauth1.hpp"
#include "oauth2.hpp"
#include "settings.hpp"

namespace jackfield::twitter {

struct ApiCall {
  std::string method = "GET";
  std::string path;  // "/2/tweets", query included
  std::string body = {};
  std::string content_type = "application/json";  // where there is a body
  std::uint32_t flags = 0;
  std::uint64_t timeout_ms = 0, max_bytes = 0;
};
using ApiThen = sdk::Function<void(const sdk::HttpResponse& response)>;

// On the strand. Tokens go nowhere but to the configured API.
class Api {
 public:
  Api(sdk::Host& host, const Settings& settings);

  // A token that the API refuses is refreshed once, where there is a way. Without a token `then` gets the answer that
  // says why.
  void as_user(ApiCall call, ApiThen then);
  void as_app(ApiCall call, ApiThen then);

  const std::string& base() const { return base_; }
  void app_token(TokenThen then) { app_.get(std::move(then)); }
  void forget_app_token() { app_.forget(); }

 private:
  void request(const ApiCall& call, const std::string& authorization, ApiThen then);
  void with_user_token(ApiCall call, ApiThen then, bool again);
  void with_app_token(ApiCall call, ApiThen then, bool again);
  std::string nonce();

  sdk::Host& host_;
  std::string base_;
  OAuth1Keys keys_;
  std::unique_ptr<UserToken> user_;  // null: OAuth 1.0a
  AppToken app_;
};

// The first value of a secret setting; throws sdk::Error (CONFIG) when it is needed and not set.
std::string secret_of(sdk::Host& host, std::string_view pointer, bool needed = true);

}  // namespace jackfield::twitter
