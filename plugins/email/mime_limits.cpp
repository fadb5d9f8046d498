#include "mime_limits.hpp"

#include <algorithm>
#include <unordered_set>

#include "mail_envelope.hpp"

namespace jackfield::email {
namespace {

bool begins_with_word(std::string_view text, std::string_view lower_word) {
  return text.size() >= lower_word.size() && lower_case(text.substr(0, lower_word.size())) == lower_word;
}

std::string_view trimmed_end(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
  return line;
}

// The values of every "boundary=" in the text.
std::unordered_set<std::string_view> boundaries_of(std::string_view mail) {
  std::unordered_set<std::string_view> boundaries;
  for (auto at = mail.find('='); at != std::string_view::npos && boundaries.size() <= most_parts;
       at = mail.find('=', at + 1)) {
    const std::string_view before = trimmed_end(mail.substr(at > 12 ? at - 12 : 0, at > 12 ? 12 : at));
    if (before.size() < 8 || (before.back() != 'y' && before.back() != 'Y') ||
        !begins_with_word(before.substr(before.size() - 8), "boundary"))
      continue;
    std::string_view value = mail.substr(at + 1, 256);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
    const bool quoted = value.starts_with('"');
    if (quoted) value.remove_prefix(1);
    value = trimmed_end(value.substr(0, value.find_first_of(quoted ? "\"\n" : "; \t\r\n")));
    if (!value.empty()) boundaries.insert(value);
  }
  return boundaries;
}

// Does a mail within a mail begin here? (At the start of a line.)
bool embeds_mail(std::string_view rest) {
  if (rest.empty() || (rest.front() != 'C' && rest.front() != 'c') || !begins_with_word(rest, "content-type:"))
    return false;
  rest.remove_prefix(13);
  const auto begin = rest.find_first_not_of(" \t\r\n");
  return begin != std::string_view::npos && begins_with_word(rest.substr(begin, 16), "message/");
}

}  // namespace

std::size_t body_offset(std::string_view mail) {
  if (mail.starts_with("\r\n")) return 2;
  const auto crlf = mail.find("\r\n\r\n");
  const auto lf = mail.substr(0, crlf).find("\n\n");  // only in files: what SMTP brings has none
  if (crlf == std::string_view::npos && lf == std::string_view::npos) return mail.size();
  return crlf < lf ? crlf + 4 : lf + 2;
}

std::optional<std::string> breaks_limits(std::string_view mail) {
  if (body_offset(mail) > most_header_bytes) return "its header is longer than 256 KiB";
  const auto boundaries = boundaries_of(mail);
  // RFC 2231 lets a boundary be written in pieces; nobody does, but then any line may be one.
  const bool any_line = mail.find("boundary*") != std::string_view::npos;
  std::size_t parts = 0, mails = 0;
  for (std::size_t at = 0; at < mail.size();) {
    const auto end = std::min(mail.find('\n', at), mail.size());
    std::string_view line = mail.substr(at, end - at);
    if (line.starts_with("--")) {
      line = trimmed_end(line.substr(2));
      if (any_line || boundaries.contains(line)) ++parts;
    } else if (embeds_mail(mail.substr(at))) {
      ++mails;
    }
    if (parts > most_parts) return "it has more than 1000 parts";
    if (mails > deepest_part * 4) return "it has too many mails within mails";
    at = end + 1;
  }
  return std::nullopt;
}

}  // namespace jackfield::email
