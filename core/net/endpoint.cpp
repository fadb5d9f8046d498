#include "net/endpoint.hpp"

#include <cctype>
#include <charconv>
#include <optional>

namespace jackfield::net {
namespace {

struct HostPort {
  std::string host;  // empty: every address
  std::uint16_t port = 0;
};

std::optional<HostPort> split(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  HostPort out;
  out.host = address.substr(0, colon);
  const char* begin = address.data() + colon + 1;
  const char* end = address.data() + address.size();
  const auto [rest, failed] = std::from_chars(begin, end, out.port);
  if (failed != std::errc{} || rest != end) return std::nullopt;
  if (out.host.size() > 1 && out.host.front() == '[' && out.host.back() == ']') {
    out.host = out.host.substr(1, out.host.size() - 2);
  } else if (out.host.find(':') != std::string::npos) {
    return std::nullopt;  // "::1:80" could mean two things
  }
  return out;
}

Result<Tcp::endpoint> find(const HostPort& wanted, const std::string& address, StrandExecutor executor) {
  error_code failed;
  const auto literal = asio::ip::make_address(wanted.host, failed);
  if (!failed) return Tcp::endpoint(literal, wanted.port);

  asio::ip::basic_resolver<Tcp, StrandExecutor> resolver(executor);
  const auto found = resolver.resolve(wanted.host, std::to_string(wanted.port), failed);
  if (failed || found.empty()) return fail(Errc::unavailable, address + ": " + reason_of(failed));
  for (const auto& entry : found) {
    if (entry.endpoint().address().is_v4()) return entry.endpoint();  // what "localhost" is expected to mean
  }
  return found.begin()->endpoint();
}

error_code open(Acceptor& acceptor, const Tcp::endpoint& endpoint, bool dual_stack) {
  error_code failed;
  acceptor.open(endpoint.protocol(), failed);
  if (!failed) acceptor.set_option(Acceptor::reuse_address(true), failed);
  if (!failed && dual_stack) acceptor.set_option(asio::ip::v6_only(false), failed);
  if (!failed) acceptor.bind(endpoint, failed);
  if (!failed) acceptor.listen(Acceptor::max_listen_connections, failed);
  if (failed) {
    error_code ignored;
    acceptor.close(ignored);
  }
  return failed;
}

bool has_no_ipv6(const error_code& failed) {
  return failed == asio::error::address_family_not_supported || failed == boost::system::errc::address_not_available;
}

}  // namespace

Result<Acceptor> listen_on(const std::string& address, StrandExecutor executor) {
  const auto wanted = split(address);
  if (!wanted) return fail(Errc::invalid, "\"" + address + "\" is no address to listen on, as in 127.0.0.1:8080");
  Acceptor acceptor(executor);
  if (wanted->host.empty()) {
    error_code failed = open(acceptor, Tcp::endpoint(Tcp::v6(), wanted->port), true);
    if (has_no_ipv6(failed)) failed = open(acceptor, Tcp::endpoint(Tcp::v4(), wanted->port), false);
    if (failed) return fail(Errc::unavailable, address + ": " + reason_of(failed));
    return acceptor;
  }
  const auto endpoint = find(*wanted, address, executor);
  if (endpoint.has_error()) return endpoint.error();
  if (const error_code failed = open(acceptor, *endpoint, false)) {
    return fail(Errc::unavailable, address + ": " + reason_of(failed));
  }
  return acceptor;
}

std::string ip_text(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

std::string to_text(const Tcp::endpoint& endpoint) {
  const std::string ip = ip_text(endpoint.address());
  const std::string port = std::to_string(endpoint.port());
  return ip.find(':') == std::string::npos ? ip + ":" + port : "[" + ip + "]:" + port;
}

std::string reason_of(const error_code& error) {
  std::string text = error.message();
  // "Address already in use" reads on after a colon; "SSL routines" and "TLS" keep their capitals
  if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1]))) {
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  }
  return text;
}

}  // namespace jackfield::net
