// Who calls: OAuth 1.0a signatures, OAuth 2.0 tokens that live for a while, and the app's own.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_server.hpp"
#include "simulate/twitter.hpp"

namespace jackfield::simulate {

enum class Caller : std::uint8_t { nobody, user, app };

// On the strand.
class TwitterAuth {
 public:
  explicit TwitterAuth(const TwitterOptions& options) : options_(options), refresh_token_(options.refresh_token) {}

  Caller caller(const net::HttpRequest& request) const;
  // POST /2/oauth2/token and POST /oauth2/token; nullopt: refused.
  std::optional<boost::json::object> token(const net::HttpRequest& request);
  // The access token is over: it has to be refreshed.
  void expire() { access_token_.clear(); }
  int refreshes() const { return refreshes_; }

 private:
  bool is_signed(const net::HttpRequest& request, std::string_view header) const;

  const TwitterOptions& options_;
  std::string refresh_token_;
  std::string access_token_;
  int refreshes_ = 0;
};

}  // namespace jackfield::simulate
