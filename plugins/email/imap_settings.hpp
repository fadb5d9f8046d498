// A mailbox that the channel follows, as it is configured.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "oauth_tokens.hpp"
#include "server_address.hpp"

namespace jackfield::email {

enum class AfterTaking : std::uint8_t { seen, move, remove, keep };
// What is taken of the mails that were there before the channel was: all, the unread ones, none.
enum class FirstStart : std::uint8_t { all, unread, none };

struct ImapSettings {
  ServerAddress server;
  TlsPolicy tls = TlsPolicy::required;
  std::string user, password;
  std::optional<OauthSettings> oauth;
  std::vector<std::string> folders{"INBOX"};
  AfterTaking after = AfterTaking::seen;
  std::string move_to = "Jackfield";
  FirstStart first = FirstStart::unread;
  std::int64_t poll_ms = 60000;  // where the server has no IDLE
  std::string sent;              // where copies of what we send go; empty: nowhere; "auto": the one marked \Sent
};

}  // namespace jackfield::email
