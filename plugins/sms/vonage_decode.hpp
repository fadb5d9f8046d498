// The bodies of Vonage's webhooks (Messages API) → messages and receipts, and its answers → outcomes. Pure.
#pragma once

#include <optional>
#include <string>

#include "http_outcome.hpp"
#include "provider.hpp"

namespace jackfield::sms {

// At most one of the three; none: nothing that concerns us.
struct VonageEvent {
  std::optional<Inbound> message;
  std::optional<Receipt> receipt;
  std::string problem;  // it is Vonage's, but cannot be read
};

VonageEvent decode_vonage(std::string_view body);

// POST /v1/messages
HttpOutcome vonage_outcome(const sdk::HttpResponse& answer, std::uint32_t attempt, std::int64_t now_ms);

}  // namespace jackfield::sms
