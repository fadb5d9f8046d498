#include "smpp_submit.hpp"

#include "gsm_alphabet.hpp"
#include "unicode.hpp"
#include "user_data_header.hpp"

namespace jackfield::sms::smpp {
namespace {

constexpr std::uint8_t has_user_data_header = 0x40;
constexpr std::uint8_t coding_default = 0, coding_ucs2 = 8;

// Has the alphabet that data_coding 0 means this character, and the GSM alphabet too, into which the carrier puts it?
bool has_character(DefaultAlphabet alphabet, char32_t character) {
  if (alphabet == DefaultAlphabet::gsm) return true;
  return character < (alphabet == DefaultAlphabet::latin1 ? 0x100u : 0x80u);
}

bool fits(DefaultAlphabet alphabet, std::string_view text) {
  while (!text.empty())
    if (!has_character(alphabet, take_character(text))) return false;
  return true;
}

std::string octets_of(std::string_view text, Encoding encoding, DefaultAlphabet alphabet) {
  if (encoding == Encoding::ucs2) return utf8_to_utf16be(text);
  std::string octets;
  while (!text.empty()) {
    const char32_t character = take_character(text);
    if (alphabet == DefaultAlphabet::gsm)
      append_gsm(octets, character);
    else
      octets.push_back(static_cast<char>(character));
  }
  return octets;
}

ShortMessage envelope(const Segmented& segmented, std::string_view to, const SmppSettings& settings) {
  ShortMessage message;
  message.service_type = settings.service_type;
  message.source = settings.source;
  message.destination = address_of(to);
  message.registered_delivery = settings.registered_delivery;
  message.data_coding = segmented.encoding == Encoding::ucs2 ? coding_ucs2 : coding_default;
  return message;
}

void mark_part(ShortMessage& message, std::string octets, std::uint16_t reference, std::size_t total,
               std::size_t number, LongMessages way) {
  const auto octet = [](std::size_t value) { return std::string(1, static_cast<char>(value)); };
  if (way == LongMessages::sar) {
    message.short_message = std::move(octets);
    message.tlvs = {{sar_msg_ref_num, two_octets(reference)},
                    {sar_total_segments, octet(total)},
                    {sar_segment_seqnum, octet(number)}};
    return;
  }
  PartOf part;
  part.reference = reference;
  part.reference_bits = way == LongMessages::udh16 ? 16 : 8;
  part.total = static_cast<std::uint8_t>(total);
  part.number = static_cast<std::uint8_t>(number);
  message.esm_class |= has_user_data_header;
  message.short_message = write_part_header(part) + octets;
}

std::string whole_text(const Segmented& segmented) {
  std::string text;
  for (const Segment& segment : segmented.segments) text += segment.text;
  return text;
}

}  // namespace

Segmented segment_for(std::string_view text, const SmppSettings& settings) {
  SegmentOptions options;
  options.transliterate = settings.transliterate;
  if (settings.long_messages == LongMessages::udh16) options.concatenation = Concatenation::udh16;
  if (settings.long_messages == LongMessages::sar) options.concatenation = Concatenation::outside;
  Segmented segmented = segment(text, options);
  if (segmented.encoding == Encoding::ucs2 || fits(settings.charset, whole_text(segmented))) return segmented;
  options.ucs2 = true;
  return segment(text, options);
}

std::vector<ShortMessage> make_submits(const Segmented& segmented, std::string_view to, std::uint16_t reference,
                                       const SmppSettings& settings) {
  const ShortMessage plain = envelope(segmented, to, settings);
  const std::size_t total = segmented.segments.size();
  std::vector<ShortMessage> submits;
  if (total > 1 && settings.long_messages == LongMessages::message_payload) {
    submits.push_back(plain);
    submits[0].tlvs = {{message_payload, octets_of(whole_text(segmented), segmented.encoding, settings.charset)}};
    return submits;
  }
  for (std::size_t i = 0; i < total; ++i) {
    submits.push_back(plain);
    std::string octets = octets_of(segmented.segments[i].text, segmented.encoding, settings.charset);
    if (total == 1)
      submits[i].short_message = std::move(octets);
    else
      mark_part(submits[i], std::move(octets), reference, total, i + 1, settings.long_messages);
  }
  return submits;
}

}  // namespace jackfield::sms::smpp
