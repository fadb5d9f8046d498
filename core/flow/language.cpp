#include "flow/language.hpp"

#include <cld2/public/compact_lang_det.h>
#include <cld2/public/encodings.h>

namespace jackfield::flow {
namespace {

constexpr std::size_t kMost = 4096;
// Below it CLD2 guesses: "ok merci" is Danish to it.
constexpr int kLeast = 20;

std::string_view beginning(std::string_view text) {
  if (text.size() <= kMost) return text;
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

// CLD2 has some of ISO 639's older codes.
std::string modern(std::string code) {
  if (code == "iw") return "he";
  if (code == "jw") return "jv";
  if (code == "mo") return "ro";
  return code;
}

}  // namespace

std::string detect_language(std::string_view text) {
  text = beginning(text);
  if (text.size() < static_cast<std::size_t>(kLeast)) return {};
  bool reliable = false;
  int valid = 0;
  const auto language =
      CLD2::DetectLanguageCheckUTF8(text.data(), static_cast<int>(text.size()), true, &reliable, &valid);
  if (!reliable || valid < static_cast<int>(text.size()) || language == CLD2::UNKNOWN_LANGUAGE) return {};
  return modern(CLD2::LanguageCode(language));
}

bool is_language(std::string_view language, std::string_view wanted) {
  return language == wanted ||
         (language.size() > wanted.size() && language.starts_with(wanted) && language[wanted.size()] == '-');
}

}  // namespace jackfield::flow
