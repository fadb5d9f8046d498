#include "user_data_header.hpp"

namespace jackfield::sms {
namespace {

enum Element : std::uint8_t {
  concatenation_8 = 0x00,
  ports_8 = 0x04,
  ports_16 = 0x05,
  concatenation_16 = 0x08,
  single_shift_table = 0x24,
  locking_shift_table = 0x25
};

unsigned octet(std::string_view text, std::size_t at) { return static_cast<std::uint8_t>(text[at]); }
unsigned two_octets(std::string_view text, std::size_t at) { return octet(text, at) << 8 | octet(text, at + 1); }

// "number of total"; a part outside of its whole is to be ignored (9.2.3.24.1), the message is then none of several.
void read_part(UserDataHeader& header, unsigned reference, unsigned bits, unsigned total, unsigned number) {
  if (total == 0 || number == 0 || number > total) return;
  header.part = PartOf{reference, static_cast<std::uint8_t>(bits), static_cast<std::uint8_t>(total),
                       static_cast<std::uint8_t>(number)};
}

// False: the element's length does not fit its kind.
bool read_element(UserDataHeader& header, unsigned kind, std::string_view value) {
  switch (kind) {
    case concatenation_8:
      if (value.size() != 3) return false;
      read_part(header, octet(value, 0), 8, octet(value, 1), octet(value, 2));
      return true;
    case concatenation_16:
      if (value.size() != 4) return false;
      read_part(header, two_octets(value, 0), 16, octet(value, 2), octet(value, 3));
      return true;
    case ports_8:
      if (value.size() != 2) return false;
      header.destination_port = static_cast<std::uint16_t>(octet(value, 0));
      header.source_port = static_cast<std::uint16_t>(octet(value, 1));
      return true;
    case ports_16:
      if (value.size() != 4) return false;
      header.destination_port = static_cast<std::uint16_t>(two_octets(value, 0));
      header.source_port = static_cast<std::uint16_t>(two_octets(value, 2));
      return true;
    case single_shift_table:
    case locking_shift_table:
      if (value.size() != 1) return false;
      (kind == single_shift_table ? header.single_shift : header.locking_shift) =
          static_cast<std::uint8_t>(octet(value, 0));
      return true;
    default: return true;
  }
}

}  // namespace

std::optional<UserDataHeader> read_user_data_header(std::string_view user_data) {
  if (user_data.empty() || octet(user_data, 0) + 1u > user_data.size()) return std::nullopt;
  UserDataHeader header;
  header.length = octet(user_data, 0) + 1u;
  std::string_view rest = user_data.substr(1, header.length - 1);
  while (!rest.empty()) {
    if (rest.size() < 2 || octet(rest, 1) + 2u > rest.size()) return std::nullopt;
    const std::size_t length = octet(rest, 1);
    if (!read_element(header, octet(rest, 0), rest.substr(2, length))) return std::nullopt;
    rest.remove_prefix(length + 2);
  }
  return header;
}

std::string write_part_header(const PartOf& part) {
  const auto character = [](unsigned value) { return static_cast<char>(value & 0xFF); };
  if (part.reference_bits == 16)
    return {6,
            concatenation_16,
            4,
            character(part.reference >> 8),
            character(part.reference),
            character(part.total),
            character(part.number)};
  return {5, concatenation_8, 3, character(part.reference), character(part.total), character(part.number)};
}

}  // namespace jackfield::sms
