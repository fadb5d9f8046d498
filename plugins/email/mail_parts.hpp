// The parts of a mail: what a person reads as text, and the files that came with it. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

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

struct MailParts {
  std::string text;  // UTF-8, LF; plain text where there is some, else from HTML
  std::vector<Attachment> attachments;
  bool stored = true;         // false: a blob could not be stored, try the mail again later
  bool within_limits = true;  // false: nested too deep, or too many parts
};

MailParts read_parts(GMimeMessage* mail, const PutBlob& put);

}  // namespace jackfield::email
