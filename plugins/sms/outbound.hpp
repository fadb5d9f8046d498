// A message as the host hands it over (sdk/schema/outbound-message.json) → what a provider sends. Pure, but for what
// Numbers remembers.
#pragma once

#include <optional>
#include <string_view>

#include "numbers.hpp"
#include "preview.hpp"
#include "provider.hpp"

namespace jackfield::sms {

// problem: why no provider could send it.
struct ReadOutbound {
  Outbound message;
  std::optional<SendProblem> problem;
};

// Text parts and captions become one text, a line each.
ReadOutbound read_outbound(std::string_view json, Numbers& numbers);

}  // namespace jackfield::sms
