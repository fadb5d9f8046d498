// What an HTTP API answered to a send → what became of it. Pure; any thread.
#pragma once

#include <cstdint>
#include <jackfield/jackfield.hpp>
#include <string>
#include <string_view>

namespace jackfield::sms {

// What one of a provider's error codes means for a message.
struct Refusal {
  std::uint32_t outcome = JF_OUTCOME_REJECTED;
  sdk::ErrorClass error = sdk::ErrorClass::content;
  sdk::Scope scope = sdk::Scope::message;
  std::uint32_t wait_seconds = 0;  // of a retry; 0: the host's own backoff
  std::uint32_t tries = 0;         // after so many it is rejected; 0: as long as the host goes on
  bool known = true;               // the code is in the provider's table
};

constexpr Refusal rejection(sdk::ErrorClass error) { return {JF_OUTCOME_REJECTED, error}; }
constexpr Refusal another_try(sdk::ErrorClass error, sdk::Scope scope, std::uint32_t wait_seconds,
                              std::uint32_t tries = 0) {
  return {JF_OUTCOME_RETRY, error, scope, wait_seconds, tries};
}

// For answers without one of the provider's codes, as from a proxy in between.
Refusal refusal_of_status(unsigned http_status);

struct HttpOutcome {
  std::uint32_t outcome = JF_OUTCOME_UNKNOWN;
  sdk::ErrorClass error = sdk::ErrorClass::none;
  sdk::Scope scope = sdk::Scope::message;
  std::uint64_t retry_after_ms = 0;
  std::string id;      // of the message taken
  std::string code;    // the provider's, else "http 502"
  std::string detail;  // for people
};

HttpOutcome taken_as(std::string_view id);
// Attempts count from 1. The wait is at least what Retry-After asks for.
HttpOutcome refused(const Refusal& refusal, const sdk::HttpResponse& answer, std::uint32_t attempt, std::int64_t now_ms,
                    std::string code, std::string detail);
// No answer came: RETRY when no byte of the request left, else UNKNOWN, for neither API knows idempotency keys.
HttpOutcome unanswered(const sdk::HttpResponse& answer);
// It was taken, and what became of it cannot be read: UNKNOWN.
HttpOutcome not_understood(std::string detail);

}  // namespace jackfield::sms
