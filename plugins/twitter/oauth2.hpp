// OAuth 2.0 tokens: the user's, whose refresh token is a new one after each use, and the app's own.
#pragma once

#include <cstdint>
#include <jackfield/jackfield.hpp>
#include <string>
#include <vector>

namespace jackfield::twitter {

// `token` is empty when there is none to be had: `why` is the answer that says so. Both live until the call returns.
using TokenThen = sdk::Function<void(const std::string& token, const sdk::HttpResponse& why)>;

// A user's access token (2 h). On the strand.
class UserToken {
 public:
  struct Client {
    std::string token_url, id, secret, refresh_token;  // the refresh token as configured
  };
  UserToken(sdk::Host& host, Client client) : host_(host), client_(std::move(client)) {}

  // At once when one is at hand; else after a refresh, of which one runs at a time.
  void get(TokenThen then);
  // The API refused it: the next get refreshes.
  void forget(const std::string& token);

 private:
  void load();
  void on_loaded(jf_status status, std::string_view value);
  void refresh();
  void on_refreshed(const sdk::HttpResponse& response);
  void store(std::string value);
  void finish(const sdk::HttpResponse& why);

  sdk::Host& host_;
  Client client_;
  std::string access_, refused_;
  std::int64_t expires_ms_ = 0;
  std::string refresh_;  // in use
  std::string stored_;   // what the key-value store holds
  bool busy_ = false, asked_again_ = false;
  std::vector<TokenThen> waiting_;
};

// The app-only bearer token, which does not expire; asked for with key and secret unless it is configured.
class AppToken {
 public:
  AppToken(sdk::Host& host, std::string token_url, std::string basic, std::string configured)
      : host_(host),
        token_url_(std::move(token_url)),
        basic_(std::move(basic)),
        configured_(!configured.empty()),
        token_(std::move(configured)) {}

  void get(TokenThen then);
  void forget() {
    if (!configured_) token_.clear();
  }

 private:
  sdk::Host& host_;
  std::string token_url_, basic_;
  bool configured_;
  std::string token_;
};

// "Basic …" of a client.
std::string basic_header(std::string_view id, std::string_view secret);

}  // namespace jackfield::twitter
