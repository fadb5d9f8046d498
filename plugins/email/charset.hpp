// Bytes in some charset to clean UTF-8. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace jackfield::email {

bool is_utf8(std::string_view bytes);

// What the bytes say, whatever they claim: the declared charset when they fit it; else UTF-8 when they are that; else
// the declared one with replacement characters when little is wrong; else what the bytes look like; else windows-1252.
// Never fails.
std::string to_utf8(std::string_view bytes, std::string_view declared);

// Line ends as LF; no control characters but tab and LF, no byte order mark, no invalid sequences.
std::string clean_text(std::string_view utf8);

// clean_text(to_utf8(bytes, declared)), a little faster.
std::string readable(std::string_view bytes, std::string_view declared);

// The same for what belongs on one line: a name, a subject. White space is one space; most bytes at most.
std::string clean_line(std::string_view utf8, std::size_t most = 1024);

// A file name without folders, control or direction-changing characters; empty when nothing is left.
std::string clean_file_name(std::string_view utf8);

// At most that many bytes, never half a character.
std::string_view cut_utf8(std::string_view utf8, std::size_t most);

}  // namespace jackfield::email
