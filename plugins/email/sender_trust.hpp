// What an agent should be warned of about a mail's sender. Any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mail_envelope.hpp"

namespace jackfield::email {

// One word each: "name_shows_other_address" (the display name holds an address that is not the sender's),
// "name_is_ours" (the display name is ours, the address is not), "reply_to_other_domain", "mixed_scripts" (letters of
// several alphabets in one label of the domain, as in a look-alike), "encoded_domain" (an IDN: looks are no proof).
std::vector<std::string> warnings_about(const Mailbox& from, const std::optional<Mailbox>& reply_to,
                                        const Mailbox& ours);

}  // namespace jackfield::email
