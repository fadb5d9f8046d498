// Access tokens for IMAP and SMTP (RFC 6749): fetched when they are needed, kept until shortly before they expire, and
// fetched once however many ask. A refresh token that the server replaces is kept in the channel's state, and used from
// then on. All [strand].
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "jackfield/jackfield.hpp"

namespace jackfield::email {

// How to come by a token: by a command, with a refresh token, or with the client's credentials alone.
struct OauthSettings {
  std::vector<std::string> command;  // program and arguments; empty: by HTTP
  std::string token_url, client_id, scope;
  std::string client_secret, refresh_token;  // secrets; the first may be empty for a public client

  bool operator==(const OauthSettings&) const = default;
};

class OauthTokens : public std::enable_shared_from_this<OauthTokens> {
 public:
  OauthTokens(sdk::Host& host, OauthSettings settings) : host_(host), settings_(std::move(settings)) {}

  struct Token {
    std::string value;    // empty: there is none
    std::string problem;  // why, for people
  };
  using Done = std::function<void(const Token& token)>;
  void get(Done done);                   // at once when one is kept
  void refused(std::string_view token);  // a server did not take it: the next get fetches another
  const OauthSettings& settings() const { return settings_; }

 private:
  void fetch();
  void load_refresh_token();
  void ask_server();
  void run_command();
  void take_answer(const sdk::HttpResponse& response);
  void take_grant(std::string_view json);
  void keep_refresh_token(std::string value, std::string token);
  void settle(const Token& token);
  std::string state_key() const;

  sdk::Host& host_;
  OauthSettings settings_;
  std::string value_;
  std::int64_t good_until_ms_ = 0;
  std::string refresh_token_, stored_;  // in use; in the channel's state
  bool loaded_ = false;
  std::vector<Done> waiting_;
};

}  // namespace jackfield::email
