#include "flow/words.hpp"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>

namespace jackfield::flow {
namespace {

std::u16string to_utf16(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  int32_t length = 0;
  std::u16string out(text.size() + 1, u'\0');  // never longer in units than UTF-8 in bytes
  u_strFromUTF8WithSub(out.data(), static_cast<int32_t>(out.size()), &length, text.data(),
                       static_cast<int32_t>(text.size()), 0xFFFD, nullptr, &status);
  out.resize(U_SUCCESS(status) ? static_cast<std::size_t>(length) : 0);
  return out;
}

std::u16string normalized(const UNormalizer2* form, const std::u16string& text) {
  UErrorCode status = U_ZERO_ERROR;
  std::u16string out(text.size() * 2 + 16, u'\0');
  int32_t length = unorm2_normalize(form, text.data(), static_cast<int32_t>(text.size()), out.data(),
                                    static_cast<int32_t>(out.size()), &status);
  if (status == U_BUFFER_OVERFLOW_ERROR) {
    status = U_ZERO_ERROR;
    out.resize(static_cast<std::size_t>(length));
    length = unorm2_normalize(form, text.data(), static_cast<int32_t>(text.size()), out.data(), length, &status);
  }
  out.resize(U_SUCCESS(status) ? static_cast<std::size_t>(length) : 0);
  return out;
}

void append_utf8(std::string& out, UChar32 c) {
  char buffer[4];
  int32_t length = 0;
  U8_APPEND_UNSAFE(buffer, length, c);
  out.append(buffer, static_cast<std::size_t>(length));
}

std::string fold_any(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  static const UNormalizer2* casefold = unorm2_getNFKCCasefoldInstance(&status);
  static const UNormalizer2* decompose = unorm2_getNFDInstance(&status);
  const std::u16string wide = normalized(decompose, normalized(casefold, to_utf16(text)));
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < wide.size();) {
    UChar32 c = 0;
    U16_NEXT(wide.data(), i, wide.size(), c);
    if (u_charType(c) != U_NON_SPACING_MARK) append_utf8(out, U_IS_SURROGATE(c) ? 0xFFFD : c);
  }
  return out;
}

enum class Glyph : std::uint8_t { separator, letter, word };

Glyph glyph_by_properties(UChar32 c) {
  if (!u_isalnum(c)) return Glyph::separator;
  UErrorCode status = U_ZERO_ERROR;
  switch (uscript_getScript(c, &status)) {
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_THAI: return Glyph::word;
    default: return Glyph::letter;
  }
}

// What most European text is made of (Basic Latin to Latin Extended-B), folded once: these letters do not combine with
// what follows them, so that each can be folded by itself.
constexpr UChar32 kLatinEnd = 0x250;
struct Latin {
  std::array<std::string, kLatinEnd> folded;
  std::array<Glyph, kLatinEnd> glyphs;
  Latin() {
    for (UChar32 c = 0; c < kLatinEnd; ++c) {
      std::string one;
      append_utf8(one, c);
      folded[static_cast<std::size_t>(c)] = fold_any(one);
      glyphs[static_cast<std::size_t>(c)] = glyph_by_properties(c);
    }
  }
};
const Latin& latin() {
  static const Latin table;
  return table;
}

Glyph glyph_of(UChar32 c) {
  return c < kLatinEnd ? latin().glyphs[static_cast<std::size_t>(c)] : glyph_by_properties(c);
}

}  // namespace

std::string fold(std::string_view text) {
  const Latin& table = latin();
  std::string out;
  out.reserve(text.size() + 8);
  const auto* data = reinterpret_cast<const std::uint8_t*>(text.data());
  for (std::size_t at = 0; at < text.size();) {
    UChar32 c = 0;
    U8_NEXT(data, at, text.size(), c);
    if (c < 0 || c >= kLatinEnd) return fold_any(text);
    out += table.folded[static_cast<std::size_t>(c)];
  }
  return out;
}

std::vector<std::string_view> words_of(std::string_view folded) {
  std::vector<std::string_view> out;
  std::size_t begin = 0;
  bool inside = false;
  const auto* data = reinterpret_cast<const std::uint8_t*>(folded.data());
  for (std::size_t at = 0; at < folded.size();) {
    const std::size_t here = at;
    UChar32 c = 0;
    U8_NEXT(data, at, folded.size(), c);
    const Glyph glyph = c < 0 ? Glyph::separator : glyph_of(c);
    if (inside && glyph != Glyph::letter) out.push_back(folded.substr(begin, here - begin));
    if (glyph == Glyph::word) out.push_back(folded.substr(here, at - here));
    if (glyph == Glyph::letter && !inside) begin = here;
    inside = glyph == Glyph::letter;
  }
  if (inside) out.push_back(folded.substr(begin));
  return out;
}

std::uint32_t PhraseIndex::add(std::string_view phrase) {
  const std::string folded = fold(phrase);
  const auto words = words_of(folded);
  if (words.empty()) return count_++;
  std::vector<std::string> rest(words.begin() + 1, words.end());
  auto& candidates = by_first_word_[std::string(words.front())];
  for (const auto& known : candidates)
    if (known.rest == rest) return known.number;
  candidates.push_back({std::move(rest), count_});
  return count_++;
}

void PhraseIndex::find(std::string_view text, std::vector<std::uint32_t>& out) const {
  if (empty() || text.empty()) return;
  const std::string folded = fold(text);
  const auto words = words_of(folded);
  const std::size_t first = out.size();
  std::string key;
  for (std::size_t i = 0; i < words.size(); ++i) {
    key.assign(words[i]);
    const auto at = by_first_word_.find(key);
    if (at == by_first_word_.end()) continue;
    for (const auto& phrase : at->second) {
      if (i + phrase.rest.size() >= words.size() + (phrase.rest.empty() ? 1 : 0)) continue;
      if (std::equal(phrase.rest.begin(), phrase.rest.end(), words.begin() + static_cast<std::ptrdiff_t>(i) + 1))
        out.push_back(phrase.number);
    }
  }
  std::sort(out.begin() + static_cast<std::ptrdiff_t>(first), out.end());
  out.erase(std::unique(out.begin() + static_cast<std::ptrdiff_t>(first), out.end()), out.end());
}

}  // namespace jackfield::flow
