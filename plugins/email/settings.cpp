#include "settings.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "setting_values.hpp"

namespace jackfield::email {
namespace {

namespace json = boost::json;

bool has_port(std::string_view address) {
  const auto colon = address.rfind(':');
  unsigned port = 0;
  if (colon == std::string_view::npos || address.ends_with(']')) return false;
  const auto [end, error] = std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
  return error == std::errc() && end == address.data() + address.size() && port <= 65535;
}

std::optional<std::array<std::uint8_t, 16>> parse_ip(const std::string& text) {
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return bytes;
  bytes[10] = bytes[11] = 0xFF;
  if (inet_pton(AF_INET, text.c_str(), bytes.data() + 12) == 1) return bytes;
  return std::nullopt;
}

std::string without_port(std::string_view peer) {
  if (peer.starts_with('[')) return std::string(peer.substr(1, peer.find(']') - 1));
  const auto colon = peer.find(':');
  const bool one_colon = colon != std::string_view::npos && peer.find(':', colon + 1) == std::string_view::npos;
  return std::string(one_colon ? peer.substr(0, colon) : peer);
}

std::string hello_name_of(std::string_view domain) {
  const bool plain = !domain.empty() && std::all_of(domain.begin(), domain.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
  return plain ? std::string(domain) : "localhost";
}

ListenSettings read_listen(const json::object& object, const Report& report) {
  ListenSettings listen;
  listen.address = text_of(object, "address");
  if (!has_port(listen.address)) report("/listen/address", "must be ADDRESS:PORT, as 127.0.0.1:2525 or [::1]:2525");
  listen.lmtp = text_of(object, "protocol") != "smtp";
  listen.certificate = text_of(object, "certificate");
  listen.key = text_of(object, "key");
  if (listen.certificate.empty() != listen.key.empty())
    report(listen.key.empty() ? "/listen/certificate" : "/listen/key", "certificate and key go together");
  listen.max_connections = static_cast<std::uint32_t>(number_of(object, "max_connections", 256));
  listen.connections_each = static_cast<std::uint32_t>(number_of(object, "connections_each", 64));
  listen.connections_a_minute = static_cast<std::uint32_t>(number_of(object, "connections_a_minute", 0));
  const std::string tls = text_of(object, "tls");
  listen.tls = tls == "required" ? ListenTls::required : tls == "implicit" ? ListenTls::implicit : ListenTls::offered;
  if (listen.tls != ListenTls::offered && listen.certificate.empty())
    report("/listen/tls", "needs certificate and key");
  std::vector<std::string> networks = texts_of(object, "networks");
  if (!object.contains("networks")) networks = {"127.0.0.0/8", "::1"};
  for (std::size_t i = 0; i < networks.size(); ++i) {
    if (const auto network = parse_network(networks[i]))
      listen.networks.push_back(*network);
    else
      report("/listen/networks/" + std::to_string(i), "is no network: write 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32");
  }
  return listen;
}

}  // namespace

std::optional<Network> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  const std::string address(text.substr(0, slash));
  const auto bytes = parse_ip(address);
  if (!bytes) return std::nullopt;
  const int width = address.find(':') == std::string::npos ? 32 : 128;
  int prefix = width;
  if (slash != std::string_view::npos) {
    const auto [end, error] = std::from_chars(text.data() + slash + 1, text.data() + text.size(), prefix);
    if (error != std::errc() || end != text.data() + text.size() || prefix < 0 || prefix > width) return std::nullopt;
  }
  return Network{*bytes, prefix + 128 - width};
}

bool contains(const std::vector<Network>& networks, std::string_view peer) {
  const auto address = parse_ip(without_port(peer));
  if (!address) return false;
  return std::any_of(networks.begin(), networks.end(), [&](const Network& network) {
    for (int bit = 0; bit < network.prefix; ++bit) {
      const auto at = static_cast<std::size_t>(bit / 8);
      if (((network.bytes[at] ^ (*address)[at]) >> (7 - bit % 8)) & 1) return false;
    }
    return true;
  });
}

Settings read_settings(std::string_view text, const Report& report) {
  Settings settings;
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  const json::object* object = error ? nullptr : value.if_object();
  if (!object) return report("", "the settings are no JSON object"), settings;
  if (const auto from = parse_mailbox(text_of(*object, "from")))
    settings.from = *from;
  else
    report("/from", "must be an address, as Support <support@example.com>");
  if (const auto* listen = object_of(*object, "listen")) settings.listen = read_listen(*listen, report);
  if (const auto* smtp = object_of(*object, "smtp")) settings.smtp = read_smtp(*smtp, report);
  if (const auto* imap = object_of(*object, "imap")) settings.imap = read_imap(*imap, report);
  if (!settings.listen && !settings.imap && !settings.smtp)
    report("", "needs imap or listen (to receive) or smtp (to send), or both");
  if (settings.smtp) settings.smtp->hello_name = hello_name_of(domain_of(settings.from.address));
  settings.recipients = texts_of(*object, "recipients");
  for (std::size_t i = 0; i < settings.recipients.size(); ++i)
    if (!is_mail_address(settings.recipients[i]))
      report("/recipients/" + std::to_string(i), "must be an address, or *@example.com for all of a domain");
  if (settings.recipients.empty()) settings.recipients.push_back(settings.from.address);
  if (const json::value* size = object->if_contains("max_size")) {
    settings.max_size = read_size(*size).value_or(0);
    if (settings.max_size < 1024 || settings.max_size > 100 * 1024 * 1024)
      report("/max_size", "must be a size from 1KiB to 100MiB, as 25MiB");
  }
  settings.authserv_id = text_of(*object, "authserv_id");
  settings.composition = read_composition(*object);
  return settings;
}

void check_settings(std::string_view text, const Report& report) {
  read_settings(text, report);
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  const json::object* object = error ? nullptr : value.if_object();
  if (!object) return;
  for (const char* name : {"imap", "smtp"})
    if (const auto* server = object_of(*object, name)) check_login(*server, std::string("/") + name, report);
}

}  // namespace jackfield::email
