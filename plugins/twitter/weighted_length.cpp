#include "weighted_length.hpp"

#include <unicode/normalizer2.h>
#include <unicode/regex.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <map>
#include <memory>
#include <stdexcept>

#include "text_patterns.hpp"

namespace jackfield::twitter {
namespace {

constexpr int kUrlWeight = 23, kHeavy = 2, kLight = 1;
constexpr int kMostUrl = 4096, kMostTcoSlug = 40;
constexpr int kLongestEmoji = 16;    // UTF-16 units of the longest sequence that Unicode recommends
constexpr int kMostSteps = 500;      // ICU's unit, about a millisecond each
constexpr int kMostUnits = 100'000;  // of UTF-16: more than X takes from anybody
constexpr std::size_t kTooLong = 1'000'000;

using Spans = std::map<int, int>;  // start → end, UTF-16

std::unique_ptr<icu::RegexPattern> compiled(const char* pattern) {
  UErrorCode status = U_ZERO_ERROR;
  UParseError place{};
  std::unique_ptr<icu::RegexPattern> made(
      icu::RegexPattern::compile(icu::UnicodeString::fromUTF8(pattern), 0, place, status));
  if (U_FAILURE(status)) throw std::runtime_error(std::string("a pattern of twitter-text: ") + u_errorName(status));
  return made;
}

// A matcher over the text; the text must outlive it.
std::unique_ptr<icu::RegexMatcher> matcher(const icu::RegexPattern& pattern, const icu::UnicodeString& text) {
  UErrorCode status = U_ZERO_ERROR;
  std::unique_ptr<icu::RegexMatcher> made(pattern.matcher(text, status));
  if (made) made->setTimeLimit(kMostSteps, status);
  if (U_FAILURE(status)) throw std::runtime_error(u_errorName(status));
  return made;
}

// ---------------------------------------------------------------- URLs (extractUrlsWithIndices of twitter-text)

class Urls {
 public:
  explicit Urls(icu::UnicodeString text) : text_(std::move(text)) {}
  bool find(Spans& out);  // false: it takes too long

 private:
  void found(icu::RegexMatcher& match, Spans& out);
  void with_protocol(int start, int end, Spans& out);
  void without_protocol(int start, int end, int domain_start, int domain_end, bool path, Spans& out);
  icu::UnicodeString part(int start, int end) const { return text_.tempSubStringBetween(start, end); }

  icu::UnicodeString text_;
};

bool Urls::find(Spans& out) {
  static const auto pattern = compiled(kUrlPattern);
  if (text_.indexOf(u'.') < 0) return true;
  UErrorCode status = U_ZERO_ERROR;
  const auto match = matcher(*pattern, text_);
  while (match->find(status)) found(*match, out);
  return U_SUCCESS(status);
}

// Groups: 2 what is before, 3 the URL, 4 protocol, 5 domain, 7 path.
void Urls::found(icu::RegexMatcher& match, Spans& out) {
  UErrorCode status = U_ZERO_ERROR;
  const int before = match.start(2, status), start = match.start(3, status), end = match.end(3, status);
  const int domain_start = match.start(5, status), domain_end = match.end(5, status);
  if (end - start > kMostUrl) return;
  if (match.start(4, status) >= 0) return with_protocol(start, end, out);
  static const icu::UnicodeString kNotBefore(u"-_./");
  if (before >= 0 && before < start && kNotBefore.indexOf(text_.charAt(start - 1)) >= 0) return;
  without_protocol(start, end, domain_start, domain_end, match.start(7, status) >= 0, out);
}

// Of a t.co link only the link itself.
void Urls::with_protocol(int start, int end, Spans& out) {
  static const auto tco = compiled(kTcoUrlPattern);
  const auto url = part(start, end);
  UErrorCode status = U_ZERO_ERROR;
  const auto match = matcher(*tco, url);
  if (match->find(status)) {
    if (match->end(1, status) - match->start(1, status) > kMostTcoSlug) return;
    end = start + match->end(status);
  }
  out[start] = end;
}

// Only the domains of ASCII and Latin letters in it; the path belongs to the last of them.
void Urls::without_protocol(int start, int end, int domain_start, int domain_end, bool path, Spans& out) {
  static const auto ascii_domain = compiled(kAsciiDomainPattern);
  const auto domain = part(domain_start, domain_end);
  UErrorCode status = U_ZERO_ERROR;
  const auto match = matcher(*ascii_domain, domain);
  int last = -1;
  while (match->find(status)) {
    last = start + match->start(status);
    out[last] = start + match->end(status);
  }
  if (last >= 0 && path) out[last] = last + (end - start) - (domain_end - domain_start) + (out[last] - last);
}

// ---------------------------------------------------------------- emoji

// What twitter-text knew when it was published.
bool find_emoji(const icu::UnicodeString& text, Spans& out) {
  static const auto pattern = compiled(kEmojiPattern);
  UErrorCode status = U_ZERO_ERROR;
  const auto match = matcher(*pattern, text);
  while (match->find(status)) out[match->start(status)] = match->end(status);
  return U_SUCCESS(status);
}

// And what Unicode has added since.
int newer_emoji_end(const icu::UnicodeString& text, int at) {
  if (!u_hasBinaryProperty(text.char32At(at), UCHAR_EMOJI)) return at;
  for (int units = std::min(kLongestEmoji, text.length() - at); units > 1; --units)
    if (u_stringHasBinaryProperty(text.getBuffer() + at, units, UCHAR_RGI_EMOJI)) return at + units;
  return at;
}

// ---------------------------------------------------------------- letters

int weight(char16_t unit) {
  const bool light = unit <= 0x10FF || (unit >= 0x2000 && unit <= 0x200D) || (unit >= 0x2010 && unit <= 0x201F) ||
                     (unit >= 0x2032 && unit <= 0x2037);
  return light ? kLight : kHeavy;
}

int end_of(const Spans& spans, int at) {
  const auto found = spans.find(at);
  return found == spans.end() ? at : found->second;
}

// The patterns are written in small letters. Letter by letter and never from outside into ASCII, as JavaScript does it:
// ICU's own ignoring of case would find the top-level domain "ss" in a sharp s.
icu::UnicodeString small(const icu::UnicodeString& text) {
  icu::UnicodeString out = text;
  for (int i = 0; i < out.length(); ++i) {
    const char16_t unit = out.charAt(i);
    const auto lower = u_tolower(unit);
    if (lower <= 0xFFFF && (unit < 0x80 || lower >= 0x80)) out.setCharAt(i, static_cast<char16_t>(lower));
  }
  return out;
}

icu::UnicodeString normalised(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const auto* nfc = icu::Normalizer2::getNFCInstance(status);
  const auto raw = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int>(text.size())));
  return U_SUCCESS(status) ? nfc->normalize(raw, status) : raw;
}

}  // namespace

std::size_t weighted_length(std::string_view utf8) {
  if (utf8.size() > 4 * kMostUnits) return kTooLong;
  const auto text = normalised(utf8);
  Spans urls, emoji;
  if (text.length() > kMostUnits || !Urls(small(text)).find(urls) || !find_emoji(text, emoji)) return kTooLong;
  std::size_t sum = 0;
  for (int at = 0; at < text.length();) {
    if (const int end = end_of(urls, at); end > at) {
      sum += kUrlWeight;
      at = end;
    } else if (const int last = std::max(end_of(emoji, at), newer_emoji_end(text, at)); last > at) {
      sum += kHeavy;
      at = last;
    } else {
      // the second half of a pair is what twitter-text weighs, and it is heavy
      sum += static_cast<std::size_t>(weight(text.charAt(at)));
      at = text.moveIndex32(at, 1);
    }
  }
  return sum;
}

}  // namespace jackfield::twitter
