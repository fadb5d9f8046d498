// SMPP 3.4 on the wire, as far as a stand-in for an SMSC needs it. Written apart from the connector's, so that a
// mistake in one shows against the other. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::simulate {

struct SmscPdu {
  std::uint32_t command = 0, status = 0, sequence = 0;
  std::string body;
};

// The submit_sm of a customer of the SMSC, or a deliver_sm to one.
struct SmscMessage {
  std::string service_type, from, to, schedule, validity, text;  // text: octets
  unsigned from_ton = 0, from_npi = 0, to_ton = 0, to_npi = 0, esm_class = 0, registered = 0, coding = 0;
  std::vector<std::pair<unsigned, std::string>> parameters;  // tag, value
};

// Takes a whole PDU from the front of the bytes; nothing while it is not all there, or broken set when it never will
// be.
std::optional<SmscPdu> take_pdu(std::string& bytes, bool& broken);
std::string pdu_bytes(const SmscPdu& pdu);

std::optional<SmscMessage> parse_message(std::string_view body);  // submit_sm, deliver_sm
std::string message_body(const SmscMessage& message);

std::string hex_of(std::string_view bytes);
std::optional<std::string> bytes_of_hex(std::string_view text);

}  // namespace jackfield::simulate
