// How far a mailbox has been read, as it is kept in the channel's state. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::email {

// Mails that were there before this cursor began, up to that UID, are only taken when nobody has read them or when they
// are young: the archive stays where it is.
struct OldMails {
  std::uint32_t until_uid = 0;
  bool unread = false;        // take the unread ones
  std::int64_t since_ms = 0;  // take those that arrived since then; 0: none for that

  bool operator==(const OldMails&) const = default;
};

struct ImapCursor {
  std::uint32_t validity = 0;  // UIDVALIDITY that uid belongs to; 0: the mailbox has never been looked at
  std::uint32_t uid = 0;       // all up to it have been dealt with
  std::uint64_t modseq = 0;    // HIGHESTMODSEQ when they had been; 0: unknown
  std::int64_t newest_ms = 0;  // when the newest of them arrived
  OldMails old;
  std::vector<std::uint32_t> unmarked;  // taken, but not marked, moved or deleted yet

  bool operator==(const ImapCursor&) const = default;
};

std::string to_json(const ImapCursor& cursor);
std::optional<ImapCursor> read_cursor(std::string_view json);

// INTERNALDATE, "17-Jul-1996 02:44:25 -0700", in milliseconds since the epoch.
std::optional<std::int64_t> read_internal_date(std::string_view text);

}  // namespace jackfield::email
