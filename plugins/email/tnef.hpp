// Unpacks winmail.dat, what Outlook makes of a mail in its own format (MS-OXTNEF, MS-OXRTFCP). Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::email {

// The views are into the bytes that were given.
struct TnefFile {
  std::string name, media_type, content_id;  // UTF-8 as written; may be empty
  std::string_view bytes;
  bool is_tnef = false;  // a message within the message, in the same format
};

struct TnefMessage {
  std::string text, html;  // UTF-8; may be empty
  std::string rtf;         // uncompressed; may be empty
  std::vector<TnefFile> files;
  bool cut_off = false;  // it broke off, or broke a limit; what came before is there
};

// Nothing when the bytes are no TNEF. One pass, linear; no more is copied than the texts.
std::optional<TnefMessage> read_tnef(std::string_view bytes);

// The text of compressed RTF; nothing when it is broken or would be larger than most.
std::optional<std::string> uncompress_rtf(std::string_view bytes, std::size_t most);

// What a person reads of RTF; HTML kept within it is read as text too. Bounded and linear.
std::string rtf_to_text(std::string_view rtf);

}  // namespace jackfield::email
