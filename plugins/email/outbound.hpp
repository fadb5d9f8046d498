// A reply as the host gives it (schema outbound-message) to what the writer needs. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mime_writer.hpp"

namespace jackfield::email {

struct Outbound {
  OutboundMail mail;               // without its files' bytes and date
  std::vector<std::string> blobs;  // of mail.files, in their order
  std::string refusal;             // why it cannot be a mail; empty: it can
  bool bad_recipient = false;      // with a refusal
};

// own_id: the mail's Message-ID, which an earlier try may have put among the references.
Outbound read_outbound(std::string_view json, const Mailbox& from, const std::string& own_id);

}  // namespace jackfield::email
