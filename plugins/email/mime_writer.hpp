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
  std::string content_id;  // of an image that the HTML shows; empty: it is attached
};

struct OutboundMail {
  Mailbox from;
  std::vector<Mailbox> to;
  std::string subject;
  std::string text;  // UTF-8, LF or CRLF
  std::string html;  // the same as HTML, without <html>; empty: the mail is plain text
  std::vector<OutboundFile> files;
  std::string message_id;               // ids without angle brackets
  std::string in_reply_to;              // or empty
  std::vector<std::string> references;  // oldest first
  std::string reply_to;                 // an address; empty: from
  std::int64_t date_ms = 0;
  bool automatic = false;  // no person wrote it: it says so, so that no machine answers (RFC 3834)
};

// No value can add a header: control characters are taken out of every one, ids and addresses that are none are left
// out.
std::string write_mail(const OutboundMail& mail);

}  // namespace jackfield::email
