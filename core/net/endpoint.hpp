// Addresses to listen on, and what they look like to people.
#pragma once

#include <string>

#include "base/result.hpp"
#include "net/asio.hpp"

namespace jackfield::net {

// Listens on "127.0.0.1:8080", "[::1]:8080", "localhost:8080" or ":8080" (every address of the machine); port 0
// takes a free one. Blocks only for a name that is not in the hosts file. invalid: no such form; unavailable: the
// system refuses, with address and reason.
Result<Acceptor> listen_on(const std::string& address, StrandExecutor executor);

std::string to_text(const Tcp::endpoint& endpoint);     // "127.0.0.1:8080", "[::1]:8080"
std::string ip_text(const asio::ip::address& address);  // an IPv4-mapped IPv6 address as IPv4
std::string reason_of(const error_code& error);         // the system's words, beginning in lower case

}  // namespace jackfield::net
