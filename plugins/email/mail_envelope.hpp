// Who a mail was handed over from and to, as SMTP said it, and the address lists that are compared with it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::email {

struct Envelope {
  std::string from;             // "" for <>
  std::vector<std::string> to;  // as written
  bool known = true;            // false: nobody says who it is from (it came from a mailbox, without Return-Path)
  std::string id;               // ENVID, RFC 3461; or empty
  std::vector<std::string> original_to;  // ORCPT of those in `to` that had one, without its type
};

// A mailbox with its display name: "Support <support@example.com>".
struct Mailbox {
  std::string name, address;
};

// Plain addresses only: local@domain, no white space, no control characters, at most 320 bytes.
bool is_mail_address(std::string_view text);
std::optional<Mailbox> parse_mailbox(std::string_view text);
std::string domain_of(std::string_view address);  // lower case
std::string lower_case(std::string_view text);    // ASCII only

// Is the address one of these, a plus-tag apart? "*@example.com" stands for every address of a domain.
bool takes_recipient(const std::vector<std::string>& recipients, std::string_view address);

// "<path>rest" as in MAIL FROM and RCPT TO: the address (source route removed) and what follows. Nothing when it is
// malformed. An empty address is <>.
struct Path {
  std::string address;
  std::string_view rest;
};
std::optional<Path> parse_path(std::string_view text);

}  // namespace jackfield::email
