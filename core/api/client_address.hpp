// Who asks, when proxies stand between: the address behind those whose word is taken.
#pragma once

#include <string>

#include "net/http_server.hpp"
#include "net/networks.hpp"

namespace jackfield::api {

// The peer; or, when that is a proxy, the last address of X-Forwarded-For that is none. What stands before it may be
// anybody's invention and is not looked at.
std::string client_address(const net::HttpRequest& request, const net::Networks& proxies);

}  // namespace jackfield::api
