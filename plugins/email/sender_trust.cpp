#include "sender_trust.hpp"

#include <glib.h>

#include "ascii.hpp"
#include "charset.hpp"

namespace jackfield::email {
namespace {

bool is_address_character(char c) {
  return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_' || c == '+' ||
         static_cast<unsigned char>(c) > 0x7F;
}

// An address within a name, in lower case; empty: none.
std::string address_in(std::string_view name) {
  for (auto at = name.find('@'); at != std::string_view::npos; at = name.find('@', at + 1)) {
    std::size_t begin = at, end = at + 1;
    while (begin > 0 && is_address_character(name[begin - 1])) --begin;
    while (end < name.size() && is_address_character(name[end])) ++end;
    const std::string_view domain = name.substr(at + 1, end - at - 1);
    if (begin < at && domain.find('.') != std::string_view::npos) return lower_case(name.substr(begin, end - begin));
  }
  return {};
}

// Latin, Greek and Cyrillic letters look alike; no domain needs two of them in one label.
bool mixes_scripts(const std::string& domain) {
  bool latin = false, greek = false, cyrillic = false;
  for (const char* at = domain.c_str(); *at != '\0'; at = g_utf8_next_char(at)) {
    const gunichar c = g_utf8_get_char(at);
    if (c == '.') latin = greek = cyrillic = false;
    if (!g_unichar_isalpha(c)) continue;
    const GUnicodeScript script = g_unichar_get_script(c);
    latin = latin || script == G_UNICODE_SCRIPT_LATIN;
    greek = greek || script == G_UNICODE_SCRIPT_GREEK;
    cyrillic = cyrillic || script == G_UNICODE_SCRIPT_CYRILLIC;
    if (latin + greek + cyrillic > 1) return true;
  }
  return false;
}

std::string domain_to_show(const std::string& domain) {
  if (domain.find("xn--") == std::string::npos) return domain;
  char* shown = g_hostname_to_unicode(domain.c_str());
  std::string text = shown ? std::string(shown) : domain;
  g_free(shown);
  return is_utf8(text) ? text : domain;
}

}  // namespace

std::vector<std::string> warnings_about(const Mailbox& from, const std::optional<Mailbox>& reply_to,
                                        const Mailbox& ours) {
  std::vector<std::string> warnings;
  const std::string address = lower_case(from.address), domain = domain_of(from.address);
  if (const std::string shown = address_in(from.name); !shown.empty() && shown != address)
    warnings.emplace_back("name_shows_other_address");
  if (!ours.name.empty() && domain != domain_of(ours.address) && lower_case(from.name) == lower_case(ours.name))
    warnings.emplace_back("name_is_ours");
  if (reply_to && domain_of(reply_to->address) != domain) warnings.emplace_back("reply_to_other_domain");
  const std::string shown = domain_to_show(domain);
  if (mixes_scripts(shown)) warnings.emplace_back("mixed_scripts");
  if (shown != domain || !g_str_is_ascii(domain.c_str())) warnings.emplace_back("encoded_domain");
  return warnings;
}

}  // namespace jackfield::email
