// A reply as the host gives it (schema outbound-message) to what the writer needs. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "composition.hpp"
#include "mime_writer.hpp"
#include "own_mail.hpp"

namespace jackfield::email {

struct Outbound {
  OutboundMail mail;               // without its files' bytes and date
  std::vector<std::string> blobs;  // of mail.files, in their order
  std::string refusal;             // why it cannot be a mail; empty: it can
  bool bad_recipient = false;      // with a refusal
};

// key: the message's, the same for every try; an earlier one may have put its Message-ID among the references.
Outbound read_outbound(std::string_view json, std::string_view key, const OwnMail& own, const Composition& composition);

}  // namespace jackfield::email
