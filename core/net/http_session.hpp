// One HTTP/1.1 connection, plain or TLS: requests one after another, each answered before the next is parsed.
#pragma once

#include <memory>
#include <string>

#include "net/asio.hpp"
#include "net/http_connection.hpp"

namespace jackfield::net {

// Registers the connection with the core and starts it. tls: null for plain. refuse: answer 503 and close.
void start_http_session(std::shared_ptr<ServerCore> core, Socket socket, asio::ssl::context* tls, bool refuse);

}  // namespace jackfield::net
