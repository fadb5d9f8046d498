// Twilio's error codes (Twilio, "Error and Warning Dictionary") and what each means. Pure.
#pragma once

#include <cstdint>

#include "http_outcome.hpp"

namespace jackfield::sms {

// The same codes come in answers to sends and in receipts. known is false for one that is not in the table.
Refusal twilio_refusal(std::int64_t code);

// POST …/Messages.json
HttpOutcome twilio_outcome(const sdk::HttpResponse& answer, std::uint32_t attempt, std::int64_t now_ms);

}  // namespace jackfield::sms
