// Did a machine write this mail? RFC 3834 and what mailers do instead of it. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mail_envelope.hpp"

typedef struct _GMimeMessage GMimeMessage;

namespace jackfield::email {

class OwnMail;
struct MailHeaders;

enum class Automatic : std::uint8_t {
  no,
  reply,  // it answers a mail by itself: out of office, "we got your mail"
  bulk,   // lists, newsletters
  notice  // any other machine, or a mail that must not be answered by one
};
struct AutomaticMail {
  Automatic kind = Automatic::no;
  std::string because;  // the mark, for people: "Auto-Submitted: auto-replied"
};

AutomaticMail automatic_mail(GMimeMessage* mail, const MailHeaders& headers, const Envelope& envelope,
                             const OwnMail& own);

// "reply", "bulk", "notice"; empty for no.
std::string_view name_of(Automatic kind);

}  // namespace jackfield::email
