// A reply as the bytes of a mail (RFC 5322, CRLF, 7 bit). Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail_envelope.hpp"

namespace jackfield::email {

struct OutboundFile {
  std::string name, media_type, bytes;
};

struct OutboundMail {
  Mailbox from;
  std::vector<Mailbox> to;
  std::string subject;
  std::string text;  // UTF-8, LF or CRLF
  std::vector<OutboundFile> files;
  std::string message_id;               // ids without angle brackets
  std::string in_reply_to;              // or empty
  std::vector<std::string> references;  // oldest first
  std::int64_t date_ms = 0;
};

// No value can add a header: control characters are taken out of every one, ids and addresses that are none are left
// out.
std::string write_mail(const OutboundMail& mail);

// KEY.HASH@DOMAIN: the same for every try of one message, so that a receiver can tell a second copy.
std::string make_message_id(std::string_view key, std::string_view channel, std::string_view from_address);

}  // namespace jackfield::email
