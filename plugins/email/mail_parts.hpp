// The parts of a mail: what a person reads, and the files that came with it. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar.hpp"
#include "mail_body.hpp"

typedef struct _GMimeMessage GMimeMessage;

namespace jackfield::email {

// Stores bytes and gives their id; empty when that failed.
using PutBlob = std::function<std::string(std::string_view bytes)>;

struct Attachment {
  std::string media_type;   // "image/png"
  std::string name;         // never empty
  std::string disposition;  // "attachment" or "inline"
  std::string content_id;   // without angle brackets, or empty
  std::string blob;
  std::size_t size = 0;
};

// What Jackfield itself says about a mail.
struct Notice {
  std::string what;  // "encrypted", "calendar"
  std::string text;
};

struct MailParts {
  MailBody body;
  std::vector<Attachment> attachments;
  std::vector<Notice> notices;
  CalendarEvent calendar;
  std::string signature, encryption;  // "smime" or "pgp"; empty: it is not. Neither is checked nor undone
  bool stored = true;                 // false: a blob could not be stored, try the mail again later
  bool within_limits = true;          // false: nested too deep, or too many parts
};

MailParts read_parts(GMimeMessage* mail, const PutBlob& put);

}  // namespace jackfield::email
