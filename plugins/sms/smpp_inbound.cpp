#include "smpp_inbound.hpp"

#include "gsm_alphabet.hpp"
#include "unicode.hpp"
#include "user_data_header.hpp"

namespace jackfield::sms::smpp {
namespace {

enum class Alphabet : std::uint8_t { standard, latin1, cyrillic, hebrew, ucs2, gsm, octets, not_known };

// Groups of 3GPP TS 23.038, 4, above the values that SMPP gives a meaning of its own (5.2.19).
Alphabet alphabet_of_group(std::uint8_t coding) {
  if (coding >= 0xF0) return coding & 0x04 ? Alphabet::octets : Alphabet::gsm;
  if (coding >= 0xE0) return Alphabet::ucs2;
  if (coding >= 0xC0) return Alphabet::gsm;
  if (coding >= 0x40) return Alphabet::not_known;
  constexpr Alphabet by_bits[] = {Alphabet::gsm, Alphabet::octets, Alphabet::ucs2, Alphabet::not_known};
  return coding & 0x20 ? Alphabet::not_known : by_bits[coding >> 2 & 3];
}

Alphabet alphabet_of(std::uint8_t coding) {
  switch (coding) {
    case 0: return Alphabet::standard;
    case 1:
    case 3: return Alphabet::latin1;  // 1 is ASCII: the same, and some say it of Latin-1
    case 2:
    case 4: return Alphabet::octets;
    case 6: return Alphabet::cyrillic;
    case 7: return Alphabet::hebrew;
    case 8: return Alphabet::ucs2;
    default: return coding < 0x10 ? Alphabet::not_known : alphabet_of_group(coding);
  }
}

char32_t from_cyrillic(std::uint8_t octet) {  // ISO 8859-5
  if (octet == 0xF0) return 0x2116;
  if (octet == 0xFD) return 0xA7;
  return octet <= 0xA0 || octet == 0xAD ? octet : 0x360u + octet;
}

char32_t from_hebrew(std::uint8_t octet) {  // ISO 8859-8
  if (octet == 0xDF) return 0x2017;
  return octet >= 0xE0 && octet <= 0xFA ? 0x4F0u + octet : octet;
}

template <class Map>
std::string mapped(std::string_view octets, Map map) {
  std::string text;
  for (const char each : octets) append_utf8(text, map(static_cast<std::uint8_t>(each)));
  return text;
}

std::uint8_t first_octet(const std::string* value) {
  return value && value->size() == 1 ? static_cast<std::uint8_t>((*value)[0]) : std::uint8_t{0};
}

std::optional<PartOf> sar_part(const ShortMessage& message) {
  const std::string* reference = message.tlv(sar_msg_ref_num);
  PartOf part;
  part.total = first_octet(message.tlv(sar_total_segments));
  part.number = first_octet(message.tlv(sar_segment_seqnum));
  if (!reference || reference->size() != 2 || part.number == 0 || part.number > part.total) return std::nullopt;
  part.reference_bits = 16;
  part.reference = static_cast<std::uint32_t>(static_cast<std::uint8_t>((*reference)[0]) << 8 |
                                              static_cast<std::uint8_t>((*reference)[1]));
  return part;
}

}  // namespace

std::optional<std::string> text_of(std::string_view octets, std::uint8_t coding, DefaultAlphabet charset) {
  Alphabet alphabet = alphabet_of(coding);
  if (alphabet == Alphabet::standard) alphabet = charset == DefaultAlphabet::gsm ? Alphabet::gsm : Alphabet::latin1;
  switch (alphabet) {
    case Alphabet::gsm: return gsm_to_utf8(octets);
    case Alphabet::latin1: return latin1_to_utf8(octets);
    case Alphabet::cyrillic: return mapped(octets, from_cyrillic);
    case Alphabet::hebrew: return mapped(octets, from_hebrew);
    case Alphabet::ucs2: return utf16be_to_utf8(octets);
    default: return std::nullopt;
  }
}

std::string number_of(const Address& address) {
  const bool plus = address.ton == 1 && !address.digits.empty() && address.digits.front() != '+';
  return (plus ? "+" : "") + address.digits;
}

std::optional<Inbound> read_inbound(const ShortMessage& message, DefaultAlphabet charset, std::string& reason) {
  Inbound inbound;
  inbound.from = number_of(message.source);
  inbound.to = number_of(message.destination);
  inbound.part = sar_part(message);
  std::string_view octets = message.user_data();
  if (message.esm_class & 0x40) {
    const auto header = read_user_data_header(octets);
    if (!header) return reason = "its user data header contradicts itself", std::nullopt;
    if (header->part) inbound.part = header->part;
    if (header->destination_port) inbound.extra.emplace_back("port", std::to_string(*header->destination_port));
    octets.remove_prefix(header->length);
  }
  if (inbound.part && inbound.part->total == 1) inbound.part.reset();
  if (auto text = text_of(octets, message.data_coding, charset))
    inbound.text = std::move(*text);
  else
    inbound.binary = octets;
  return inbound;
}

}  // namespace jackfield::sms::smpp
