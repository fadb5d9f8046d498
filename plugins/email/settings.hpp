// The channel's settings, read once. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "composition.hpp"
#include "mail_envelope.hpp"
#include "server_settings.hpp"

namespace jackfield::email {

// A block of addresses, "10.0.0.0/8" or "::1". IPv4 is held as IPv4-mapped IPv6.
struct Network {
  std::array<std::uint8_t, 16> bytes{};
  int prefix = 128;
};
std::optional<Network> parse_network(std::string_view text);
// The peer is an address, with or without its port: "10.1.2.3:4025", "[::1]:25".
bool contains(const std::vector<Network>& networks, std::string_view peer);

enum class ListenTls : std::uint8_t {
  offered,   // STARTTLS, where there is a certificate
  required,  // no mail before STARTTLS
  implicit   // from the first byte
};

struct ListenSettings {
  std::string address;
  bool lmtp = true;
  std::string certificate, key;  // PEM files; both or none
  std::vector<Network> networks;
  std::uint32_t max_connections = 256;
  std::uint32_t connections_each = 64;     // of one address at once
  std::uint32_t connections_a_minute = 0;  // of one address; 0: as many as it likes
  ListenTls tls = ListenTls::offered;
};

struct Settings {
  std::optional<ListenSettings> listen;
  std::optional<ImapSettings> imap;  // without secrets, as smtp
  std::optional<SmtpServer> smtp;
  Mailbox from;
  std::vector<std::string> recipients;
  std::size_t max_size = 26214400;
  std::string authserv_id;  // whose Authentication-Results are believed; empty: nobody's
  Composition composition;
};

// report(JSON pointer, message) for each problem; what could be read is returned all the same.
Settings read_settings(std::string_view json, const Report& report);

// The same problems, and those that can only be seen where secrets are blanked, not left out.
void check_settings(std::string_view json, const Report& report);

}  // namespace jackfield::email
