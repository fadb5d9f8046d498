#include "server_settings.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "setting_values.hpp"

namespace jackfield::email {
namespace {

namespace json = boost::json;

constexpr std::int64_t shortest_poll_ms = 1000, longest_poll_ms = 86'400'000;

TlsPolicy read_tls(const json::object& object) {
  const std::string tls = text_of(object, "tls");
  return tls == "none" ? TlsPolicy::none : tls == "opportunistic" ? TlsPolicy::opportunistic : TlsPolicy::required;
}

OauthSettings read_oauth(const json::object& object, const std::string& at, const Report& report) {
  OauthSettings oauth;
  oauth.command = texts_of(object, "command");
  oauth.token_url = text_of(object, "token_url");
  oauth.client_id = text_of(object, "client_id");
  oauth.scope = text_of(object, "scope");
  if (oauth.command.empty() == oauth.token_url.empty())
    report(at, "needs token_url (a server that gives tokens) or command (a program that prints one)");
  if (oauth.token_url.empty()) return oauth;
  const auto slashes = oauth.token_url.find("://");
  const std::string host = slashes == std::string::npos ? "" : oauth.token_url.substr(slashes + 3);
  if (!oauth.token_url.starts_with("https://") && !(oauth.token_url.starts_with("http://") && is_loopback(host)))
    report(at + "/token_url", "must be https://…");
  if (oauth.client_id.empty()) report(at + "/client_id", "is needed with token_url");
  return oauth;
}

// A secret goes to another machine over TLS with a verified certificate, or not at all.
void check_tls(TlsPolicy tls, const std::string& user, const ServerAddress& server, const std::string& at,
               const Report& report) {
  if (user.empty() || tls == TlsPolicy::required || is_loopback(server.host)) return;
  if (server.encrypted && tls == TlsPolicy::none) return;
  report(at, "must be required: a password is not sent to another machine without it");
}

AfterTaking read_after(const json::object& object) {
  const std::string after = text_of(object, "after");
  if (after == "move") return AfterTaking::move;
  if (after == "delete") return AfterTaking::remove;
  return after == "keep" ? AfterTaking::keep : AfterTaking::seen;
}

FirstStart read_existing(const json::object& object) {
  const std::string existing = text_of(object, "existing");
  return existing == "all" ? FirstStart::all : existing == "none" ? FirstStart::none : FirstStart::unread;
}

void read_folders(const json::object& object, ImapSettings& imap, const Report& report) {
  if (auto folders = texts_of(object, "folder"); !folders.empty()) imap.folders = std::move(folders);
  for (std::size_t i = 0; i < imap.folders.size(); ++i)
    if (imap.folders[i].empty() || std::count(imap.folders.begin(), imap.folders.end(), imap.folders[i]) > 1)
      report("/imap/folder", "names each folder once");
  if (const std::string target = text_of(object, "move_to"); !target.empty()) imap.move_to = target;
  const bool circle = std::count(imap.folders.begin(), imap.folders.end(), imap.move_to) > 0;
  if (imap.after == AfterTaking::move && circle) report("/imap/move_to", "is a folder that mails are taken from");
}

}  // namespace

bool is_loopback(std::string_view host) {
  return host.starts_with("localhost") || host == "::1" || host.starts_with("[::1]") || host.starts_with("127.");
}

std::optional<ServerAddress> read_server_url(std::string_view url, std::string_view scheme) {
  ServerAddress out;
  if (!url.starts_with(scheme)) return std::nullopt;
  url.remove_prefix(scheme.size());
  out.encrypted = url.starts_with('s');
  if (out.encrypted) url.remove_prefix(1);
  if (!url.starts_with("://")) return std::nullopt;
  url.remove_prefix(3);
  if (url.ends_with('/')) url.remove_suffix(1);
  if (url.find_first_of("/?#@ \t\r\n") != std::string_view::npos) return std::nullopt;
  std::string_view port;
  if (url.starts_with('[')) {
    const auto end = url.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    out.host = url.substr(1, end - 1);
    port = url.substr(end + 1);
  } else {
    const auto colon = std::min(url.find(':'), url.size());
    out.host = url.substr(0, colon);
    port = url.substr(colon);
  }
  out.port = scheme == "imap" ? (out.encrypted ? 993 : 143) : (out.encrypted ? 465 : 587);
  if (out.host.empty()) return std::nullopt;
  if (port.empty()) return out;
  const auto [end, error] = std::from_chars(port.data() + 1, port.data() + port.size(), out.port);
  const bool whole = error == std::errc() && end == port.data() + port.size() && port.front() == ':';
  return whole && out.port > 0 && out.port < 65536 ? std::optional(out) : std::nullopt;
}

ImapSettings read_imap(const json::object& object, const Report& report) {
  ImapSettings imap;
  if (const auto server = read_server_url(text_of(object, "url"), "imap"))
    imap.server = *server;
  else
    report("/imap/url", "must be imaps://HOST:PORT or imap://HOST:PORT");
  imap.tls = read_tls(object);
  imap.user = text_of(object, "user");
  if (imap.user.empty()) report("/imap/user", "is the name to log in with");
  if (const auto* oauth = object_of(object, "oauth")) imap.oauth = read_oauth(*oauth, "/imap/oauth", report);
  imap.after = read_after(object);
  imap.first = read_existing(object);
  read_folders(object, imap, report);
  imap.sent = text_of(object, "sent");
  if (const std::string poll = text_of(object, "poll"); !poll.empty()) {
    imap.poll_ms = read_duration(poll).value_or(0);
    if (imap.poll_ms < shortest_poll_ms || imap.poll_ms > longest_poll_ms)
      report("/imap/poll", "must be a time, as 60s or 5m");
  }
  check_tls(imap.tls, imap.user, imap.server, "/imap/tls", report);
  return imap;
}

SmtpServer read_smtp(const json::object& object, const Report& report) {
  SmtpServer smtp;
  if (const auto server = read_server_url(text_of(object, "url"), "smtp"))
    smtp.server = *server;
  else
    report("/smtp/url", "must be smtp://HOST:PORT or smtps://HOST:PORT");
  smtp.tls = read_tls(object);
  smtp.user = text_of(object, "user");
  if (const auto* oauth = object_of(object, "oauth")) smtp.oauth = read_oauth(*oauth, "/smtp/oauth", report);
  if (smtp.oauth && smtp.user.empty()) report("/smtp/user", "is needed with oauth");
  check_tls(smtp.tls, smtp.user, smtp.server, "/smtp/tls", report);
  return smtp;
}

void add_secrets(ImapSettings& imap, const Secret& secret) {
  imap.password = secret("/imap/password");
  if (!imap.oauth) return;
  imap.oauth->client_secret = secret("/imap/oauth/client_secret");
  imap.oauth->refresh_token = secret("/imap/oauth/refresh_token");
}

void add_secrets(SmtpServer& smtp, const Secret& secret) {
  smtp.password = secret("/smtp/password");
  if (!smtp.oauth) return;
  smtp.oauth->client_secret = secret("/smtp/oauth/client_secret");
  smtp.oauth->refresh_token = secret("/smtp/oauth/refresh_token");
}

void check_login(const json::object& server, const std::string& pointer, const Report& report) {
  const bool password = server.contains("password"), oauth = server.contains("oauth");
  if (password && oauth) report(pointer + "/password", "and oauth exclude each other");
  if (pointer == "/imap" && !password && !oauth) report(pointer, "needs password or oauth");
  const auto* keys = object_of(server, "oauth");
  if (keys && keys->contains("token_url") && !keys->contains("refresh_token") && !keys->contains("client_secret"))
    report(pointer + "/oauth", "needs refresh_token (a mailbox that a person signed in to) or client_secret");
}

}  // namespace jackfield::email
