// Which addresses a fetch that a customer can trigger must not reach.
#pragma once

#include <string>
#include <string_view>

namespace jackfield::net {

// Private, loopback, link-local, shared, multicast, reserved, unspecified, and the IPv6 forms of them (RFC 6890;
// IPv4-mapped, 6to4 and NAT64 addresses are looked into). What is no address counts as refused.
bool is_public_address(std::string_view ip);
std::string origin_of(std::string_view url);  // "https://host:port" in lower case, port always there; empty: no URL

}  // namespace jackfield::net
