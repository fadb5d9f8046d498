// What a deliver_sm says about a message of ours: from its parameters, and from the text of Appendix B of the
// specification in all the ways that carriers write it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "smpp_pdu.hpp"

namespace jackfield::sms::smpp {

enum class MessageState : std::uint8_t {  // 5.2.28
  scheduled = 0,
  enroute = 1,
  delivered = 2,
  expired = 3,
  deleted = 4,
  undeliverable = 5,
  accepted = 6,
  unknown = 7,
  rejected = 8,
  skipped = 9
};

struct DeliveryReceipt {
  std::string id;  // as it was written
  MessageState state = MessageState::unknown;
  std::string state_text;  // "DELIVRD": as it was written, or the state's usual name
  std::string error;       // "000"; empty when nothing is said
};

// The text alone: "id:IIII sub:001 dlvrd:001 submit date:… done date:… stat:DELIVRD err:000 text:…", the names in any
// case and order, values up to the next known name. Nothing without id and stat.
std::optional<DeliveryReceipt> read_receipt_text(std::string_view text);

// Bits 2 to 5 of esm_class decide: a receipt of the SMSC or an intermediate notification.
bool is_receipt(std::uint8_t esm_class);

// The parameters receipted_message_id, message_state and network_error_code come before what the text says. Nothing
// when neither names a message.
std::optional<DeliveryReceipt> read_receipt(const ShortMessage& message);

}  // namespace jackfield::sms::smpp
