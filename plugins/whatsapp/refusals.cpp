// Meta's error codes (Cloud API, error codes reference) and what each means for the message, its recipient or the
// channel.
#include <algorithm>
#include <iterator>

#include "outcome.hpp"

namespace jackfield::whatsapp {
namespace {

struct Row {
  std::int64_t first, last;
  Refusal refusal;
};

constexpr std::uint32_t kMinute = 60, kHour = 3600;
constexpr Refusal reject(std::uint32_t error_class) { return {JF_OUTCOME_REJECTED, error_class}; }
constexpr Refusal retry(std::uint32_t error_class, std::uint32_t scope, std::uint32_t wait, std::uint32_t growth) {
  return {JF_OUTCOME_RETRY, error_class, scope, wait, growth};
}
constexpr Refusal kAuth = reject(JF_ERROR_AUTH), kContent = reject(JF_ERROR_CONTENT);
constexpr Refusal kRecipient = reject(JF_ERROR_RECIPIENT), kThrottledForDays = reject(JF_ERROR_THROTTLED);
constexpr Refusal kAgain = retry(JF_ERROR_UNAVAILABLE, JF_SCOPE_MESSAGE, 0, 1);
constexpr Refusal kWindow = reject(JF_ERROR_WINDOW_CLOSED);

constexpr Refusal channel_pause(std::uint32_t seconds, std::uint32_t growth = 1) {
  return retry(JF_ERROR_THROTTLED, JF_SCOPE_CHANNEL, seconds, growth);
}

constexpr Row kRows[] = {
    // sorted
    {0, 0, kAuth},
    {1, 2, kAgain},
    {3, 3, kAuth},
    {4, 4, channel_pause(kMinute)},
    {10, 10, kAuth},
    {100, 100, kContent},
    {190, 190, kAuth},
    {200, 299, kAuth},
    {368, 368, kAuth},
    {470, 470, kWindow},
    {80007, 80007, channel_pause(kMinute)},
    {130429, 130429, channel_pause(1, 2)},
    {130472, 130472, kThrottledForDays},  // the customer is in an experiment of Meta's
    {130497, 130497, kRecipient},
    {131000, 131000, kAgain},
    {131005, 131005, kAuth},
    {131008, 131009, kContent},
    {131016, 131016, kAgain},
    {131021, 131021, kRecipient},
    {131026, 131026, kRecipient},
    {131030, 131030, kRecipient},
    {131031, 131031, kAuth},
    {131042, 131042, kAuth},
    {131045, 131045, kAuth},
    {131047, 131047, kWindow},
    {131048, 131048, channel_pause(kHour)},  // spam limit
    {131049, 131049, kThrottledForDays},     // cap on marketing to this customer
    {131050, 131050, reject(JF_ERROR_OPTED_OUT)},
    {131051, 131053, kContent},
    {131055, 131055, kContent},
    {131056, 131056, retry(JF_ERROR_THROTTLED, JF_SCOPE_RECIPIENT, 4, 4)},        // pair rate
    {131057, 131057, retry(JF_ERROR_UNAVAILABLE, JF_SCOPE_CHANNEL, kMinute, 1)},  // maintenance
    {131062, 131062, kContent},  // authentication template to somebody without a phone number
    {132000, 132099, kContent},
    {133004, 133004, kAgain},
    {133010, 133010, kAuth},
    {133016, 133016, channel_pause(kHour)},
};

}  // namespace

Refusal refusal_of(std::int64_t code) {
  const auto* row = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) { return code <= r.last; });
  if (row != std::end(kRows) && row->first <= code) return row->refusal;
  Refusal unknown = kContent;
  unknown.known = false;
  return unknown;
}

std::string_view class_name(std::uint32_t error_class) {
  switch (error_class) {
    case JF_ERROR_CONFIG: return "config";
    case JF_ERROR_AUTH: return "auth";
    case JF_ERROR_CONTENT: return "content";
    case JF_ERROR_RECIPIENT: return "recipient";
    case JF_ERROR_OPTED_OUT: return "opted-out";
    case JF_ERROR_WINDOW_CLOSED: return "window-closed";
    case JF_ERROR_THROTTLED: return "throttled";
    case JF_ERROR_UNAVAILABLE: return "unavailable";
    default: return "internal";
  }
}

}  // namespace jackfield::whatsapp
