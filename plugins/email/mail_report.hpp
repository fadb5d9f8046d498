// Reports that machines send about our mails: deliveries that failed or wait (RFC 3464, and what older servers write),
// receipts of reading (RFC 8098), complaints (RFC 5965). Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

typedef struct _GMimeMessage GMimeMessage;

namespace jackfield::email {

class OwnMail;
struct Envelope;
struct MailHeaders;

struct MailReport {
  enum class Kind : std::uint8_t { none, delivery, reading, complaint };
  Kind kind = Kind::none;
  std::string own_id;  // the Message-ID of ours that it is about; empty: it proves to be about none

  struct Recipient {
    std::string address;      // lower case; may be empty
    std::string status;       // of ours: "failed", "delivered", "sent", "accepted" (delayed), "read"
    std::string error_class;  // "recipient" …; empty: no error
    std::string code;         // "5.1.1"
    std::string detail;       // what the far server said
  };
  std::vector<Recipient> recipients;  // 100 at most
};

// What a mail reports; kind none: it is no report.
MailReport read_report(GMimeMessage* mail, const MailHeaders& headers, const Envelope& envelope, const OwnMail& own);

}  // namespace jackfield::email
