// The servers that the channel talks to, as they are configured: addresses, logins, tokens. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "imap_settings.hpp"

namespace jackfield::email {

struct SmtpServer {
  ServerAddress server;
  std::string user, password;
  std::optional<OauthSettings> oauth;
  TlsPolicy tls = TlsPolicy::required;
  std::string hello_name;  // what we call ourselves
};

using Report = std::function<void(std::string_view pointer, std::string_view message)>;

// "imaps://mail.example.com:993", with the scheme given as imap or smtp; the port may be left out.
std::optional<ServerAddress> read_server_url(std::string_view url, std::string_view scheme);
bool is_loopback(std::string_view host);

// Without their secrets, which the host keeps.
ImapSettings read_imap(const boost::json::object& settings, const Report& report);
SmtpServer read_smtp(const boost::json::object& settings, const Report& report);

// The secrets by the pointers of their settings ("/imap/password").
using Secret = std::function<std::string(const std::string& pointer)>;
void add_secrets(ImapSettings& imap, const Secret& secret);
void add_secrets(SmtpServer& smtp, const Secret& secret);

// Is there one way to log in, and only one? For settings in which secrets are blanked, not left out.
void check_login(const boost::json::object& server, const std::string& pointer, const Report& report);

}  // namespace jackfield::email
