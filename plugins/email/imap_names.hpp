// How names and numbers are written in IMAP commands. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::email {

// A mailbox's name from UTF-8 to modified UTF-7 (RFC 3501, 5.1.3), quoted.
std::string imap_mailbox(std::string_view name);
// "text" with its quotes; for printable ASCII only.
std::string imap_quoted(std::string_view text);
bool fits_quoted(std::string_view text);

// 1,2,3,7 as "1:3,7". The numbers ascend.
std::string uid_set(const std::vector<std::uint32_t>& uids);
// The numbers of "1:3,7"; at most so many.
std::vector<std::uint32_t> uids_of(std::string_view set, std::size_t most);

}  // namespace jackfield::email
