// A deliver_sm or data_sm as what was written in it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "provider.hpp"
#include "smpp_pdu.hpp"
#include "smpp_settings.hpp"

namespace jackfield::sms::smpp {

// Text, addresses, which part it is (from its header or the SAR parameters). The id is left empty. Nothing when its
// header contradicts itself; reason says so then.
std::optional<Inbound> read_inbound(const ShortMessage& message, DefaultAlphabet charset, std::string& reason);

// The user data without its header, as text by data_coding; nothing for what is no text or in an alphabet not known.
std::optional<std::string> text_of(std::string_view octets, std::uint8_t data_coding, DefaultAlphabet charset);

// "+447700900001" for an international number, else the digits or the name as they came.
std::string number_of(const Address& address);

}  // namespace jackfield::sms::smpp
