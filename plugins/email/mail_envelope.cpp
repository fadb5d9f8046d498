#include "mail_envelope.hpp"

#include <algorithm>

namespace jackfield::email {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string without_tag(std::string_view address) {
  const auto at = address.rfind('@');
  const auto plus = address.find('+');
  if (plus == 0 || plus == std::string_view::npos || at == std::string_view::npos || plus > at)
    return std::string(address);
  return std::string(address.substr(0, plus)) + std::string(address.substr(at));
}

std::string unquoted(std::string_view name) {
  if (name.size() < 2 || name.front() != '"' || name.back() != '"') return std::string(name);
  std::string plain;
  for (std::size_t i = 1; i + 1 < name.size(); ++i) {
    if (name[i] == '\\' && i + 2 < name.size()) ++i;
    plain += name[i];
  }
  return plain;
}

// Where the closing bracket is, quoted strings apart.
std::size_t end_of_path(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (quoted && text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      quoted = !quoted;
    else if (text[i] == '>' && !quoted)
      return i;
  }
  return std::string_view::npos;
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

bool is_mail_address(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size() || text.size() > 320) return false;
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return is_control(c) || c == ' ' || c == '<' || c == '>' || c == ',' || c == ';'; });
}

std::optional<Mailbox> parse_mailbox(std::string_view text) {
  text = trim(text);
  if (std::any_of(text.begin(), text.end(), is_control)) return std::nullopt;
  Mailbox mailbox;
  if (const auto open = text.rfind('<'); open != std::string_view::npos && text.ends_with('>')) {
    mailbox.name = unquoted(trim(text.substr(0, open)));
    text = trim(text.substr(open + 1, text.size() - open - 2));
  }
  mailbox.address = std::string(text);
  if (!is_mail_address(mailbox.address)) return std::nullopt;
  return mailbox;
}

std::string domain_of(std::string_view address) {
  const auto at = address.rfind('@');
  return at == std::string_view::npos ? std::string() : lower_case(address.substr(at + 1));
}

bool takes_recipient(const std::vector<std::string>& recipients, std::string_view address) {
  const std::string asked = lower_case(address);
  const std::string plain = without_tag(asked);
  return std::any_of(recipients.begin(), recipients.end(), [&](const std::string& entry) {
    const std::string wanted = lower_case(entry);
    if (wanted.starts_with("*@")) return domain_of(asked) == wanted.substr(2);
    return asked == wanted || plain == wanted;
  });
}

std::optional<Path> parse_path(std::string_view text) {
  if (text.empty() || text.front() != '<') return std::nullopt;
  const auto end = end_of_path(text);
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view address = text.substr(1, end - 1);
  if (address.starts_with('@')) {  // a source route, long out of use
    const auto colon = address.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    address.remove_prefix(colon + 1);
  }
  if (std::any_of(address.begin(), address.end(), is_control) || address.size() > 512) return std::nullopt;
  return Path{std::string(address), text.substr(end + 1)};
}

}  // namespace jackfield::email
