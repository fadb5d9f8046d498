// The events that the host gets (schema inbound-event), built of what was read. Any thread.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string_view>

#include "authentication.hpp"
#include "automatic_mail.hpp"
#include "mail_envelope.hpp"
#include "mail_headers.hpp"
#include "mail_parts.hpp"
#include "mail_report.hpp"
#include "own_mail.hpp"

namespace jackfield::email {

struct MailFacts {
  std::string_view mail;
  const MailHeaders& headers;
  const MailParts& parts;
  const Envelope& envelope;
  const OwnMail& own;
  AutomaticMail automatic;
  std::optional<Authentication> authentication;  // nothing: nobody is asked
};

// Who wrote it: From, else Sender, else who handed it over.
std::optional<Mailbox> author_of(const MailHeaders& headers, const Envelope& envelope);

// facts must have an author.
boost::json::value message_event(const MailFacts& facts);

// An array: a status for each recipient, or the wish of one to hear no more.
boost::json::value report_events(const MailReport& report, std::int64_t at_ms);

boost::json::object envelope_json(const Envelope& envelope);

}  // namespace jackfield::email
