// Browsers of other origins (the fetch standard's CORS): exactly those that server.cors names. Tokens travel in a
// header, never in a cookie, so credentials are never allowed and no origin is ever answered with a wildcard.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/http_server.hpp"

namespace jackfield::api {

// Constant after construction; any thread.
class Cors {
 public:
  explicit Cors(std::vector<std::string> origins) : origins_(std::move(origins)) {}
  // The responder whose answers tell the browser that its page may see them; the same one when no origins are named.
  std::shared_ptr<net::Responder> wrap(const net::HttpRequest& request, std::shared_ptr<net::Responder> to) const;
  // Answers a preflight of an origin that is named; false: it is none.
  bool preflight(const net::HttpRequest& request, net::Responder& responder) const;

 private:
  bool knows(std::string_view origin) const;
  const std::vector<std::string> origins_;
};

}  // namespace jackfield::api
