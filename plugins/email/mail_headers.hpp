// What a mail's header says, cleaned. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail_envelope.hpp"

typedef struct _GMimeMessage GMimeMessage;

namespace jackfield::email {

struct MailHeaders {
  std::string message_id;                            // without angle brackets; empty: there is none that can be used
  std::vector<std::string> in_reply_to, references;  // as written, first to last
  std::optional<Mailbox> from, sender, reply_to;     // the first of each
  std::vector<Mailbox> to, cc;                       // 100 at most
  std::string subject;
  std::optional<std::int64_t> sent_at_ms;  // when it is plausible
};

MailHeaders read_headers(GMimeMessage* mail, std::int64_t now_ms);

// The values of every header of that name, from the top, unfolded; 50 at most.
std::vector<std::string> header_values(GMimeMessage* mail, std::string_view lower_name);

// "Fwd: Your parcel", "WG: …", "TR: …", and not "Re: Fwd: …": it brings somebody else's mail, and answers none.
bool is_forward(std::string_view subject);

// SHA-256 (32 hex digits of it) over From, To, Date, Subject, Message-ID and the body: what stays the same when a mail
// is handed over twice, on whatever way.
std::string content_hash(std::string_view mail);

std::string rfc3339(std::int64_t ms);

}  // namespace jackfield::email
