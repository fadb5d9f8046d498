#include "net/networks.hpp"

#include <algorithm>

#include "net/asio.hpp"
// after asio.hpp
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

namespace jackfield::net {
namespace {

std::optional<asio::ip::address> address_of(std::string_view text) {
  error_code failed;
  auto address = asio::ip::make_address(text, failed);
  if (failed) return std::nullopt;
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  return address;
}

}  // namespace

struct Networks::State {
  std::vector<asio::ip::network_v4> v4;
  std::vector<asio::ip::network_v6> v6;

  bool add(const std::string& written) {
    std::string with_prefix = written;
    if (written.find('/') == std::string::npos) with_prefix += written.find(':') == std::string::npos ? "/32" : "/128";
    error_code failed;
    if (const auto network = asio::ip::make_network_v4(with_prefix, failed); !failed)
      return network == network.canonical() && (v4.push_back(network), true);
    const auto network = asio::ip::make_network_v6(with_prefix, failed);
    return !failed && network == network.canonical() && (v6.push_back(network), true);
  }
};

Result<Networks> Networks::make(const std::vector<std::string>& written) {
  auto state = std::make_shared<State>();
  for (const auto& one : written)
    if (!state->add(one)) return fail(Errc::invalid, "\"" + one + "\" is no address or network as in 10.0.0.0/8");
  Networks out;
  out.state_ = std::move(state);
  return out;
}

bool Networks::contain(std::string_view text) const {
  const auto address = address_of(text);
  if (!state_ || !address) return false;
  if (address->is_v4())
    return std::any_of(state_->v4.begin(), state_->v4.end(), [&](const auto& network) {
      return asio::ip::network_v4(address->to_v4(), network.prefix_length()).canonical() == network;
    });
  return std::any_of(state_->v6.begin(), state_->v6.end(), [&](const auto& network) {
    return asio::ip::network_v6(address->to_v6(), network.prefix_length()).canonical() == network;
  });
}

std::string customer_of(std::string_view text) {
  const auto address = address_of(text);
  if (!address) return std::string(text);
  if (address->is_v4()) return address->to_string();
  return asio::ip::network_v6(address->to_v6(), 64).canonical().to_string();
}

}  // namespace jackfield::net
