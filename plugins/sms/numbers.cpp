#include "numbers.hpp"

#include <phonenumbers/logger.h>
#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <optional>

#include "unicode.hpp"

namespace jackfield::sms {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;
constexpr std::size_t kLongest = 64, kMostKnown = 4096;

// The library would write to stdout, which belongs to the host.
class Silence : public i18n::phonenumbers::Logger {
 public:
  void WriteMessage(const std::string&) override {}
};

PhoneNumberUtil& library() {
  static PhoneNumberUtil& made = []() -> PhoneNumberUtil& {
    auto& util = *PhoneNumberUtil::GetInstance();
    util.SetLogger(new Silence);  // owned by the library from here on
    return util;
  }();
  return made;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool all_digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

// As an address may hold it: UTF-8, of whole characters.
std::string trimmed(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::string next;
    append_utf8(next, take_character(text));
    if (out.size() + next.size() > kLongest) break;
    if (static_cast<unsigned char>(next[0]) >= 0x20 && next[0] != 0x7F) out += next;
  }
  const auto begin = out.find_first_not_of(' ');
  return begin == std::string::npos ? std::string() : out.substr(begin, out.find_last_not_of(' ') - begin + 1);
}

std::string ungrouped(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (std::string_view(" .-()/").find(c) == std::string_view::npos) out += c;
  return out;
}

std::optional<std::string> e164(const std::string& text, const std::string& region) {
  PhoneNumber number;
  if (library().Parse(text, region.empty() ? "ZZ" : region, &number) != PhoneNumberUtil::NO_PARSING_ERROR ||
      !library().IsValidNumber(number))
    return std::nullopt;
  std::string out;
  library().Format(number, PhoneNumberUtil::E164, &out);
  return out;
}

// Numbers that the library does not know (newer than its tables, or of networks for machines) are taken as written.
Number international(const std::string& text) {
  const auto digits = std::string_view(text).substr(1);
  if (auto known = e164(text, {})) return {std::move(*known), NumberKind::international};
  const bool possible = all_digits(digits) && digits.size() >= 7 && digits.size() <= 15 && digits[0] != '0';
  return {text, possible ? NumberKind::international : NumberKind::short_code};
}

Number national(const std::string& text, const std::string& region) {
  if (text.size() > 2 && text.starts_with("00") && region.empty()) return international('+' + text.substr(2));
  constexpr std::size_t kLongestShortCode = 6;
  const bool may_be_short = text.size() <= kLongestShortCode && text[0] != '0';
  if (!region.empty() && !may_be_short)
    if (auto known = e164(text, region)) return {std::move(*known), NumberKind::international};
  // Gateways leave the plus away.
  if (text.size() > 8 && text[0] != '0')
    if (auto known = e164('+' + text, {})) return {std::move(*known), NumberKind::international};
  return {text, NumberKind::short_code};
}

Number number_of(std::string_view written, const std::string& region) {
  auto text = trimmed(written);
  // Somebody's name: bytes over 0x7F count as letters.
  const bool named = std::any_of(text.begin(), text.end(), [](char c) { return is_letter(c) || (c & 0x80) != 0; });
  if (text.empty()) return {"unknown", NumberKind::name};
  if (named) return {std::move(text), NumberKind::name};
  auto number = ungrouped(text);
  if (number.starts_with('+')) return international(number);
  if (!all_digits(number)) return {std::move(text), NumberKind::name};
  return national(number, region);
}

}  // namespace

bool is_region(std::string_view region) {
  std::set<std::string> regions;
  library().GetSupportedRegions(&regions);
  return regions.contains(std::string(region));
}

const Number& Numbers::read(std::string_view written) {
  const std::string key(written.substr(0, kLongest));
  if (const auto found = known_.find(key); found != known_.end()) return found->second;
  if (known_.size() >= kMostKnown) known_.clear();
  return known_.emplace(key, number_of(key, region_)).first->second;
}

}  // namespace jackfield::sms
