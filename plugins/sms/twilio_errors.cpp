#include "twilio_errors.hpp"

#include <algorithm>
#include <iterator>

#include "json_read.hpp"

namespace jackfield::sms {
namespace {

using enum sdk::ErrorClass;

struct Row {
  std::int64_t first, last;
  Refusal refusal;
};

constexpr std::uint32_t kMinute = 60, kHour = 3600;
constexpr Refusal kChannelPause = another_try(throttled, sdk::Scope::channel, 1);

constexpr Row kRows[] = {
    // sorted
    {12300, 12399, rejection(content)},  // media
    {14107, 14107, kChannelPause},       // messages a second
    {20003, 20003, rejection(auth)},
    {20429, 20429, kChannelPause},
    {21211, 21211, rejection(recipient)},  // no number
    {21217, 21217, rejection(recipient)},
    {21408, 21408, rejection(config)},  // no permission for that country
    {21602, 21602, rejection(content)},
    {21603, 21603, rejection(config)},
    {21606, 21606, rejection(config)},  // the sender is not ours
    {21610, 21610, rejection(opted_out)},
    {21611, 21611, another_try(throttled, sdk::Scope::channel, kMinute)},  // the sender's queue is full
    {21612, 21612, rejection(config)},
    {21614, 21614, rejection(recipient)},  // no mobile
    {21617, 21617, rejection(content)},
    {30001, 30001, another_try(unavailable, sdk::Scope::message, kMinute)},  // queue overflow
    {30002, 30002, rejection(auth)},                                         // suspended
    {30003, 30003, another_try(recipient, sdk::Scope::message, kHour, 1)},   // unreachable: once more, later
    {30004, 30006, rejection(recipient)},                                    // blocked, unknown, landline
    {30007, 30007, rejection(content)},                                      // filtered by the carrier
    {30008, 30008, another_try(unavailable, sdk::Scope::message, kMinute, 1)},
    {30022, 30022, another_try(throttled, sdk::Scope::channel, kMinute)},
    {30027, 30027, another_try(throttled, sdk::Scope::channel, kHour)},  // the carrier's limit of the day
    {30032, 30032, rejection(config)},                                   // toll-free number not verified
    {30034, 30034, rejection(config)},                                   // number not registered (10DLC)
    {63016, 63016, rejection(window_closed)},
    {63018, 63018, kChannelPause},
};

}  // namespace

Refusal twilio_refusal(std::int64_t code) {
  const auto* row = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) { return code <= r.last; });
  if (row != std::end(kRows) && row->first <= code) return row->refusal;
  auto unknown = rejection(internal);
  unknown.known = false;
  return unknown;
}

HttpOutcome twilio_outcome(const sdk::HttpResponse& answer, std::uint32_t attempt, std::int64_t now_ms) {
  if (!answer.answered()) return unanswered(answer);
  const auto body = parsed_object(answer.body);
  if (answer.ok()) {
    const auto sid = text_at(body, "sid");
    return sid.empty() ? not_understood("the answer names no message") : taken_as(sid);
  }
  const auto code = number_at(body, "code");
  auto refusal = twilio_refusal(code);
  if (!refusal.known) refusal = refusal_of_status(answer.http_status);
  const auto said = text_at(body, "message");
  return refused(refusal, answer, attempt, now_ms,
                 code ? std::to_string(code) : "http " + std::to_string(answer.http_status),
                 said.empty() ? "the answer has no error code" : std::string(said));
}

}  // namespace jackfield::sms
