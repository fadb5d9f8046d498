#include <algorithm>
#include <cstdio>
#include <utility>

#include "model/address.hpp"
#include "model/conversation.hpp"
#include "model/event.hpp"

namespace jackfield {

std::string_view scheme_of(std::string_view uri) {
  const auto colon = uri.find(':');
  return colon == std::string_view::npos ? std::string_view{} : uri.substr(0, colon);
}

bool is_address(std::string_view text) {
  const auto scheme = scheme_of(text);
  if (scheme.empty() || text.size() <= scheme.size() + 1 || text.size() > 512) return false;
  for (const char c : scheme)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.')) return false;
  for (const char c : text.substr(scheme.size() + 1))
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  return true;
}

namespace {

Error no_address(std::string_view uri, std::string_view why) {
  return fail(Errc::invalid, "\"" + std::string(uri) + "\" is no address: " + std::string(why));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Without spaces, dots, dashes and brackets, which people put between digits.
std::string ungrouped(std::string_view value) {
  std::string out;
  for (const char c : value)
    if (std::string_view(" .-()/").find(c) == std::string_view::npos) out += c;
  return out;
}

Result<std::string> normalize_mail(std::string_view uri, std::string_view value) {
  const auto at = value.rfind('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == value.size() ||
      value.find_first_of(" \t<>,;\"") != std::string_view::npos)
    return no_address(uri, "a mail address is name@domain");
  std::string out = "mailto:";
  for (const char c : value) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

// E.164, or a short code; names of senders (letters) stay as they are.
Result<std::string> normalize_tel(std::string_view uri, std::string_view value) {
  const bool named = !value.starts_with('+') && std::any_of(value.begin(), value.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
  if (named) return std::string(uri);
  const std::string number = ungrouped(value);
  const std::string_view digits = std::string_view(number).substr(number.starts_with('+') ? 1 : 0);
  const bool all_digits = !digits.empty() && std::all_of(digits.begin(), digits.end(), is_digit);
  const bool international = number.starts_with('+') && digits.size() >= 7 && digits.size() <= 15 && digits[0] != '0';
  const bool short_code = !number.starts_with('+') && digits.size() <= 8 && digits[0] != '0';
  if (!all_digits || !(international || short_code))
    return no_address(uri, "write the number with its country, as in tel:+33612345678");
  return "tel:" + number;
}

// The phone's digits, or a business-scoped id as in US.1349120865530274.
Result<std::string> normalize_whatsapp(std::string_view uri, std::string_view value) {
  const std::string number = ungrouped(value);
  const std::string_view digits = std::string_view(number).substr(number.starts_with('+') ? 1 : 0);
  if (!digits.empty() && digits.size() <= 15 && std::all_of(digits.begin(), digits.end(), is_digit))
    return "whatsapp:" + std::string(digits);
  if (value.starts_with("group:") && value.size() > 6) return std::string(uri);
  const bool scoped = value.size() > 3 && value[2] == '.' && std::all_of(value.begin(), value.end(), [](char c) {
                        return is_digit(c) || c == '.' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
                      });
  if (!scoped) return no_address(uri, "write the phone's digits with its country, as in whatsapp:33612345678");
  return std::string(uri);
}

}  // namespace

Result<std::string> normalize_address(std::string_view uri) {
  if (!is_address(uri)) return no_address(uri, "write scheme:value, as in mailto:ana@example.com");
  const auto scheme = scheme_of(uri);
  const auto value = uri.substr(scheme.size() + 1);
  if (scheme == "mailto") return normalize_mail(uri, value);
  if (scheme == "tel") return normalize_tel(uri, value);
  if (scheme == "whatsapp") return normalize_whatsapp(uri, value);
  return std::string(uri);
}

Evidence stronger(Evidence a, Evidence b) {
  const auto rank = [](Evidence evidence) {
    switch (evidence) {
      case Evidence::guessed: return 0;
      case Evidence::asserted: return 1;
      case Evidence::entered: return 2;
      case Evidence::attested: return 3;
    }
    return 0;
  };
  return rank(a) < rank(b) ? b : a;
}

bool is_vouched_for(Evidence evidence) { return evidence == Evidence::attested || evidence == Evidence::entered; }

const OptOut* Address::opted_out(std::string_view channel) const {
  for (const auto& one : opt_outs)
    if (one.channel == channel && !one.lifted) return &one;
  return nullptr;
}

const ChannelUse* Conversation::use_of(std::string_view channel) const {
  for (const auto& use : channels)
    if (use.channel == channel) return &use;
  return nullptr;
}

ChannelUse* Conversation::use_of(std::string_view channel) {
  return const_cast<ChannelUse*>(std::as_const(*this).use_of(channel));
}

bool Conversation::was_said(Visibility visibility) const {
  const bool is_public = visibility == Visibility::public_;
  return std::any_of(channels.begin(), channels.end(),
                     [&](const ChannelUse& use) { return (is_public ? use.last_public : use.last_private).value > 0; });
}

std::string to_cursor(std::int64_t cursor) {
  char out[24];
  std::snprintf(out, sizeof out, "%016lld", static_cast<long long>(cursor));
  return out;
}

bool parse_cursor(std::string_view text, std::int64_t& out) {
  if (text.size() > 18) return false;
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + (c - '0');
  }
  out = value;
  return true;
}

}  // namespace jackfield
