// A text as the short messages that carry it: its encoding, where it is split, what it costs. Pure.
// 3GPP TS 23.038 (alphabets) and 23.040, 9.2.3.24 (concatenation).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::sms {

enum class Encoding : std::uint8_t { gsm7, ucs2 };

// What the reference in a part's header is made of; it decides how much room the text has.
enum class Concatenation : std::uint8_t {
  udh8,    // header of 6 octets: 153 septets or 67 UTF-16 units a part
  udh16,   // 7 octets: 152 or 66
  outside  // the header is not in the text's octets (SAR parameters): as udh8, for the network adds a header later
};

struct Segment {
  std::string text;       // UTF-8
  std::size_t units = 0;  // septets or UTF-16 units, header left out
};

struct Segmented {
  Encoding encoding = Encoding::gsm7;
  std::vector<Segment> segments;  // at least one, also for an empty text
  std::size_t units = 0;          // of the whole text
  std::size_t capacity = 160;     // units that one of these segments holds
  bool transliterated = false;    // characters were replaced
  std::string first_outside_gsm;  // UTF-8: the first character that forces UCS-2; empty for gsm7
};

struct SegmentOptions {
  Concatenation concatenation = Concatenation::udh8;
  bool ucs2 = false;           // also where the GSM alphabet would do
  bool transliterate = false;  // curly quotes, dashes, … replaced where that keeps the text in the GSM alphabet
};

// Never splits an escape from its code nor a surrogate pair. Bytes that are no UTF-8 count as U+FFFD.
Segmented segment(std::string_view text, const SegmentOptions& options = {});

// The members of a preview about encoding and cost, without braces:
// "encoding":"gsm7","segments":2,"units":161,"units_per_segment":153,"units_left":145,…
std::string preview_members(const Segmented& segmented);

}  // namespace jackfield::sms
