#include "segments.hpp"

#include <jackfield/jackfield.hpp>
#include <optional>

#include "gsm_alphabet.hpp"
#include "unicode.hpp"

namespace jackfield::sms {
namespace {

constexpr std::size_t gsm_single = 160, ucs2_single = 70;

std::size_t part_capacity(Encoding encoding, Concatenation concatenation) {
  const bool wide = concatenation == Concatenation::udh16;
  if (encoding == Encoding::gsm7) return wide ? 152 : 153;
  return wide ? 66 : 67;
}

std::size_t width(Encoding encoding, char32_t character) {
  return encoding == Encoding::gsm7 ? gsm_width(character) : utf16_width(character);
}

// The first character that the GSM alphabet does not have.
std::optional<char32_t> outside_gsm(std::string_view text) {
  while (!text.empty())
    if (const char32_t character = take_character(text); gsm_width(character) == 0) return character;
  return std::nullopt;
}

std::string transliterated(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    const char32_t character = take_character(text);
    const auto stand_in = gsm_width(character) == 0 ? gsm_stand_in(character) : std::nullopt;
    if (!stand_in) append_utf8(plain, character);
    for (const char32_t each : stand_in.value_or(U"")) append_utf8(plain, each);
  }
  return plain;
}

std::size_t count_units(Encoding encoding, std::string_view text) {
  std::size_t units = 0;
  while (!text.empty()) units += width(encoding, take_character(text));
  return units;
}

// Characters go to the next segment whole, so that neither an escape nor a surrogate loses its other half.
std::vector<Segment> split(Encoding encoding, std::string_view text, std::size_t capacity) {
  std::vector<Segment> segments(1);
  while (!text.empty()) {
    const char32_t character = take_character(text);
    const std::size_t units = width(encoding, character);
    if (segments.back().units + units > capacity) segments.emplace_back();
    append_utf8(segments.back().text, character);
    segments.back().units += units;
  }
  return segments;
}

}  // namespace

Segmented segment(std::string_view text, const SegmentOptions& options) {
  Segmented result;
  std::string plain;
  std::optional<char32_t> outside = outside_gsm(text);
  if (outside && options.transliterate) {
    plain = transliterated(text);
    if (!outside_gsm(plain)) {
      text = plain;
      result.transliterated = true;
      outside.reset();
    }
  }
  const bool ucs2 = outside || options.ucs2;
  result.encoding = ucs2 ? Encoding::ucs2 : Encoding::gsm7;
  if (outside) append_utf8(result.first_outside_gsm, *outside);
  result.units = count_units(result.encoding, text);
  result.capacity = ucs2 ? ucs2_single : gsm_single;
  if (result.units > result.capacity) result.capacity = part_capacity(result.encoding, options.concatenation);
  result.segments = split(result.encoding, text, result.capacity);
  return result;
}

std::string preview_members(const Segmented& segmented) {
  const auto number = [](std::size_t value) { return std::to_string(value); };
  const std::size_t left = segmented.capacity - segmented.segments.back().units;
  std::string json = segmented.encoding == Encoding::gsm7 ? R"("encoding":"gsm7")" : R"("encoding":"ucs2")";
  json += ",\"segments\":" + number(segmented.segments.size()) + ",\"units\":" + number(segmented.units);
  json += ",\"units_per_segment\":" + number(segmented.capacity) + ",\"units_left\":" + number(left);
  json += ",\"cost_units\":" + number(segmented.segments.size());
  json += segmented.transliterated ? ",\"transliterated\":true" : ",\"transliterated\":false";
  json += ",\"first_outside_gsm\":";
  if (segmented.first_outside_gsm.empty()) return json + "null";
  sdk::append_json(json, segmented.first_outside_gsm);
  return json;
}

}  // namespace jackfield::sms
