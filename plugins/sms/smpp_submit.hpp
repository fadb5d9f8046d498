// A message to send as the submit_sm that carry it. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "segments.hpp"
#include "smpp_pdu.hpp"
#include "smpp_settings.hpp"

namespace jackfield::sms::smpp {

// How the text is split and encoded with these settings.
Segmented segment_for(std::string_view text, const SmppSettings& settings);

// One a segment (one in all with message_payload). reference: what the parts have in common; its low 8 or 16 bits go
// out.
std::vector<ShortMessage> make_submits(const Segmented& segmented, std::string_view to, std::uint16_t reference,
                                       const SmppSettings& settings);

}  // namespace jackfield::sms::smpp
