// Browsers of other origins (the fetch standard's CORS): exactly those that server.cors names. Tokens travel in a
// header, never in a cookie, so credentials are never allowed. A wildcard is answered only where no token is asked for.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/http_server.hpp"

namespace jackfield::api {

// Constant after construction; any thread.
class Cors {
 public:
  explicit Cors(std::vector<std::string> origins) : origins_(std::move(origins)), any_(false) {}
  // Of what is public: those, or when there are none all.
  static Cors of_public(std::vector<std::string> origins) {
    const bool any = origins.empty();
    return Cors(std::move(origins), any);
  }
  // The responder whose answers tell the browser that its page may see them; the same one when no origins are named.
  std::shared_ptr<net::Responder> wrap(const net::HttpRequest& request, std::shared_ptr<net::Responder> to) const;
  // Answers a preflight of an origin that is named; false: it is none.
  bool preflight(const net::HttpRequest& request, net::Responder& responder) const;

 private:
  Cors(std::vector<std::string> origins, bool any) : origins_(std::move(origins)), any_(any) {}
  bool knows(std::string_view origin) const;
  const std::vector<std::string> origins_;
  const bool any_;
};

}  // namespace jackfield::api
