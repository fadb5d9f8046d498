// The header in front of a short message's text: 3GPP TS 23.040, 9.2.3.24. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "provider.hpp"

namespace jackfield::sms {

struct UserDataHeader {
  std::size_t length = 0;  // in octets, its own length octet included
  std::optional<PartOf> part;
  std::optional<std::uint16_t> destination_port, source_port;
  std::uint8_t single_shift = 0, locking_shift = 0;  // national language tables; 0: the default ones
};

// The header at the front of the user data; nothing when its lengths or values contradict each other. Elements that
// are not known are passed over, as the standard asks for.
std::optional<UserDataHeader> read_user_data_header(std::string_view user_data);

// The header of one part: 6 octets, or 7 with a reference of 16 bits.
std::string write_part_header(const PartOf& part);

}  // namespace jackfield::sms
