#include "charset.hpp"

#include <glib.h>
#include <iconv.h>
#include <uchardet/uchardet.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <type_traits>
#include <unordered_map>

#include "ascii.hpp"
#include "mail_envelope.hpp"

namespace jackfield::email {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

// What mailers write, and what they mean by it. The supersets are what their software really used.
std::string real_charset(std::string_view declared) {
  static const std::unordered_map<std::string, std::string> aliases{{"iso-8859-1", "WINDOWS-1252"},
                                                                    {"iso8859-1", "WINDOWS-1252"},
                                                                    {"latin1", "WINDOWS-1252"},
                                                                    {"iso_8859-1", "WINDOWS-1252"},
                                                                    {"cp1252", "WINDOWS-1252"},
                                                                    {"iso-8859-9", "WINDOWS-1254"},
                                                                    {"gb2312", "GB18030"},
                                                                    {"gbk", "GB18030"},
                                                                    {"x-gbk", "GB18030"},
                                                                    {"cp936", "GB18030"},
                                                                    {"ks_c_5601-1987", "CP949"},
                                                                    {"ks_c_5601", "CP949"},
                                                                    {"euc-kr", "CP949"},
                                                                    {"shift_jis", "CP932"},
                                                                    {"shift-jis", "CP932"},
                                                                    {"x-sjis", "CP932"},
                                                                    {"sjis", "CP932"},
                                                                    {"iso-8859-8-i", "ISO-8859-8"},
                                                                    {"x-mac-roman", "MACINTOSH"},
                                                                    {"utf8", "UTF-8"},
                                                                    {"unicode-1-1-utf-7", "UTF-7"},
                                                                    {"unicode-1-1-utf-8", "UTF-8"},
                                                                    {"us-ascii", "UTF-8"},
                                                                    {"ascii", "UTF-8"},
                                                                    {"ansi_x3.4-1968", "UTF-8"},
                                                                    {"", "UTF-8"}};
  const std::string name = lower_case(declared);
  const auto known = aliases.find(name);
  return known == aliases.end() ? name : known->second;
}

struct Converted {
  std::string text;
  std::size_t wrong = 0;  // places where a replacement character stands
};

// Nothing when the charset is unknown.
std::optional<Converted> convert(std::string_view bytes, const std::string& charset) {
  const iconv_t converter = iconv_open("UTF-8", charset.c_str());
  if (converter == reinterpret_cast<iconv_t>(-1)) return std::nullopt;
  Converted result;
  result.text.reserve(bytes.size() + bytes.size() / 2);
  char* in = const_cast<char*>(bytes.data());
  std::size_t left = bytes.size();
  char buffer[4096];
  for (bool flushing = false;;) {
    char* out = buffer;
    std::size_t room = sizeof buffer;
    const std::size_t done = iconv(converter, flushing ? nullptr : &in, flushing ? nullptr : &left, &out, &room);
    const int error = done == static_cast<std::size_t>(-1) ? errno : 0;
    result.text.append(buffer, sizeof buffer - room);
    if (error == E2BIG) continue;
    if (error != 0 && left > 0) {  // EILSEQ, or EINVAL at the end
      result.text.append(replacement);
      ++result.wrong, ++in, --left;
    } else if (flushing) {
      break;
    } else {
      flushing = true;
    }
  }
  iconv_close(converter);
  return result;
}

// Western texts are mostly ASCII, and are taken for all sorts of things; others are told well.
bool is_mostly_beyond_ascii(std::string_view bytes) {
  std::size_t beyond = 0, letters = 0;
  for (const char c : bytes) {
    beyond += static_cast<unsigned char>(c) > 0x7F;
    letters += is_letter(c);
  }
  return beyond > letters;
}

// By the look of the bytes, for those whose charset is not said, or said wrongly; nothing when they look like none, or
// Western.
std::optional<std::string> convert_guessed(std::string_view bytes) {
  constexpr std::size_t enough = 16 * 1024;
  if (!is_mostly_beyond_ascii(bytes.substr(0, enough))) return std::nullopt;
  const std::unique_ptr<std::remove_pointer_t<uchardet_t>, decltype(&uchardet_delete)> detector(uchardet_new(),
                                                                                                &uchardet_delete);
  uchardet_handle_data(detector.get(), bytes.data(), std::min(bytes.size(), enough));
  uchardet_data_end(detector.get());
  std::string charset = uchardet_get_charset(detector.get());
  if (charset.empty()) return std::nullopt;
  if (charset == "MAC-CYRILLIC") charset = "WINDOWS-1251";  // which it resembles, and which mail is written in
  auto converted = convert(bytes, real_charset(charset));
  if (!converted || converted->wrong > 0) return std::nullopt;
  return std::move(converted->text);
}

// May stand in a text as it is? (A code point.)
bool is_text(gunichar c) { return (c >= 0x20 && c != 0x7F && !(c >= 0x80 && c < 0xA0)) || c == '\n' || c == '\t'; }

bool turns_direction(gunichar c) {
  return c == 0x200E || c == 0x200F || c == 0x061C || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

std::string valid(std::string_view utf8) {
  if (is_utf8(utf8)) return std::string(utf8);
  char* fixed = g_utf8_make_valid(utf8.data(), static_cast<gssize>(utf8.size()));
  std::string text(fixed);
  g_free(fixed);
  return text;
}

template <class Take>
void each_character(const std::string& text, Take take) {
  for (const char* p = text.data(); p < text.data() + text.size();) {
    const char* next = g_utf8_next_char(p);
    take(g_utf8_get_char(p), std::string_view(p, static_cast<std::size_t>(next - p)));
    p = next;
  }
}

// By bytes: texts are long, and what is taken out is easily told.
std::string clean_valid(std::string_view text) {
  static constexpr auto may_go = [] {
    std::array<bool, 256> table{};
    for (std::size_t i = 0; i < 0x20; ++i) table[i] = i != '\n' && i != '\t';
    table[0x7F] = table[0xC2] = true;  // the second begins U+0080 to U+009F
    return table;
  }();
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::string clean;
  clean.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && !may_go[static_cast<unsigned char>(text[end])]) ++end;
    clean.append(text, at, end - at);
    if (end == text.size()) break;
    const auto next = end + 1 < text.size() ? static_cast<unsigned char>(text[end + 1]) : 0;
    at = end + 1;
    if (text[end] == '\r' && next != '\n') clean += '\n';
    if (text[end] != '\xC2') continue;
    if (next >= 0xA0) clean.append(text, end, 2);
    ++at;
  }
  return clean;
}

// Plain ASCII on one line, its words apart by one blank: nothing to clean.
bool is_clean_line(std::string_view text) {
  bool blank = true;  // before this
  for (const char c : text) {
    if (c < 0x20 || c == 0x7F || (c == ' ' && blank)) return false;
    blank = c == ' ';
  }
  return text.empty() || !blank;
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  // NUL is valid UTF-8, but g_utf8_validate stops there; callers treat it as any control character.
  for (;;) {
    const char* end = nullptr;
    if (bytes.empty() || g_utf8_validate(bytes.data(), static_cast<gssize>(bytes.size()), &end)) return true;
    if (*end != '\0') return false;
    bytes.remove_prefix(static_cast<std::size_t>(end - bytes.data()) + 1);
  }
}

std::string to_utf8(std::string_view bytes, std::string_view declared) {
  const std::string charset = real_charset(declared);
  if (charset == "UTF-8" || charset == "utf-8") {
    if (is_utf8(bytes)) return std::string(bytes);
  } else if (charset == "WINDOWS-1252" && is_utf8(bytes)) {
    return std::string(bytes);  // no western text looks like UTF-8 by chance
  } else if (auto converted = convert(bytes, charset)) {
    if (converted->wrong == 0) return std::move(converted->text);
    if (is_utf8(bytes)) return std::string(bytes);
    if (converted->wrong * 20 <= bytes.size()) return std::move(converted->text);
  } else if (is_utf8(bytes)) {
    return std::string(bytes);
  }
  if (auto guessed = convert_guessed(bytes)) return std::move(*guessed);
  auto western = convert(bytes, "WINDOWS-1252");
  return western ? std::move(western->text) : valid(bytes);
}

std::string clean_text(std::string_view utf8) { return is_utf8(utf8) ? clean_valid(utf8) : clean_valid(valid(utf8)); }

std::string readable(std::string_view bytes, std::string_view declared) {
  return clean_valid(to_utf8(bytes, declared));
}

std::string clean_line(std::string_view utf8, std::size_t most) {
  if (utf8.size() <= most && is_clean_line(utf8)) return std::string(utf8);
  const std::string text = valid(utf8);
  std::string clean;
  each_character(text, [&](gunichar c, std::string_view bytes) {
    const bool space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!space && is_text(c) && !turns_direction(c))
      clean += bytes;
    else if (space && !clean.empty() && clean.back() != ' ')
      clean += ' ';
  });
  clean.resize(cut_utf8(clean, most).size());
  while (!clean.empty() && clean.back() == ' ') clean.pop_back();
  return clean;
}

std::string clean_file_name(std::string_view utf8) {
  std::string name = clean_line(utf8, 4096);
  if (const auto slash = name.find_last_of("/\\"); slash != std::string::npos) name.erase(0, slash + 1);
  for (char& c : name)
    if (c == ':' || c == '*' || c == '?' || c == '"' || c == '<' || c == '>' || c == '|') c = '_';
  while (!name.empty() && (name.front() == '.' || name.front() == ' ')) name.erase(0, 1);
  if (name.size() > 200) {  // the end says what kind of file it is
    const auto dot = name.rfind('.');
    const std::string end = dot != std::string::npos && name.size() - dot <= 16 ? name.substr(dot) : std::string();
    name = std::string(cut_utf8(name, 200 - end.size())) + end;
  }
  return name;
}

std::string_view cut_utf8(std::string_view utf8, std::size_t most) {
  if (utf8.size() <= most) return utf8;
  while (most > 0 && (static_cast<unsigned char>(utf8[most]) & 0xC0) == 0x80) --most;
  return utf8.substr(0, most);
}

}  // namespace jackfield::email
