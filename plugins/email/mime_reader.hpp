// A mail's bytes to the event that the host gets (schema inbound-event). Any thread; nothing is kept between mails.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mail_envelope.hpp"
#include "mail_parts.hpp"
#include "own_mail.hpp"

namespace jackfield::email {

// What a channel knows before it reads a mail. Fixed once made.
struct ReadingRules {
  OwnMail own;
  std::string authserv_id;  // the server whose Authentication-Results are believed; empty: none
};

// As JSON: a "message"; or, of a report about mails of ours, an array of "status" and "contact" events; or
// "undecodable" with the mail in it when it breaks the limits, names no sender, or reports about no mail of ours.
// Nothing when a file of it could not be stored: the mail must come again.
std::optional<std::string> read_mail(std::string_view mail, const Envelope& envelope, const ReadingRules& rules,
                                     std::int64_t now_ms, const PutBlob& put);

// The same for the "raw" of an undecodable event, as an array of events; nothing when it still cannot be decoded.
std::optional<std::string> read_raw(std::string_view raw, const ReadingRules& rules, std::int64_t now_ms,
                                    const PutBlob& put);

std::string undecodable_event(std::string_view mail, const Envelope& envelope, std::string_view reason);

}  // namespace jackfield::email
