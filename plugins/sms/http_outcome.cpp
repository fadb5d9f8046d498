#include "http_outcome.hpp"

#include <algorithm>

namespace jackfield::sms {
namespace {

using enum sdk::ErrorClass;
constexpr std::uint64_t kLongestAskedMs = 24u * 3600u * 1000u;

}  // namespace

Refusal refusal_of_status(unsigned http_status) {
  if (http_status == 401 || http_status == 403) return rejection(auth);
  if (http_status == 404) return rejection(config);
  if (http_status == 429) return another_try(throttled, sdk::Scope::channel, 1);
  // The gateway gave up waiting for a server that may well have done it.
  if (http_status == 408 || http_status == 504) return {JF_OUTCOME_UNKNOWN, unavailable};
  if (http_status >= 500) return another_try(unavailable, sdk::Scope::message, 0);
  return rejection(content);
}

HttpOutcome taken_as(std::string_view id) {
  HttpOutcome outcome;
  outcome.outcome = JF_OUTCOME_ACCEPTED;
  outcome.id = id;
  return outcome;
}

HttpOutcome refused(const Refusal& refusal, const sdk::HttpResponse& answer, std::uint32_t attempt, std::int64_t now_ms,
                    std::string code, std::string detail) {
  HttpOutcome outcome;
  const bool given_up = refusal.outcome == JF_OUTCOME_RETRY && refusal.tries > 0 && attempt > refusal.tries;
  outcome.outcome = given_up ? JF_OUTCOME_REJECTED : refusal.outcome;
  outcome.error = refusal.error;
  outcome.scope = refusal.scope;
  outcome.code = std::move(code);
  outcome.detail = std::move(detail);
  if (outcome.outcome == JF_OUTCOME_RETRY)
    outcome.retry_after_ms = std::max<std::uint64_t>(std::uint64_t{refusal.wait_seconds} * 1000,
                                                     std::min(answer.retry_after_ms(now_ms), kLongestAskedMs));
  return outcome;
}

HttpOutcome unanswered(const sdk::HttpResponse& answer) {
  HttpOutcome outcome;
  outcome.outcome = answer.progress == JF_HTTP_NOT_SENT ? JF_OUTCOME_RETRY : JF_OUTCOME_UNKNOWN;
  outcome.error = unavailable;
  outcome.detail = answer.error;
  return outcome;
}

HttpOutcome not_understood(std::string detail) {
  HttpOutcome outcome;
  outcome.error = internal;
  outcome.detail = std::move(detail);
  return outcome;
}

}  // namespace jackfield::sms
