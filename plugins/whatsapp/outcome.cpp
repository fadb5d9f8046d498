#include "outcome.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>

#include "json_read.hpp"

namespace jackfield::whatsapp {
namespace {

namespace json = boost::json;
constexpr std::uint64_t kLongestWait = 3600 * 1000, kLongestAsked = 24 * kLongestWait;

// X-Business-Use-Case-Usage: {"ID": [{"estimated_time_to_regain_access": minutes, …}]}; the longest.
std::uint64_t regain_ms(std::string_view header) {
  boost::system::error_code error;
  const auto value = header.empty() ? json::value() : json::parse(header, error);
  const auto* accounts = error ? nullptr : value.if_object();
  std::int64_t minutes = 0;
  for (auto at = accounts ? accounts->begin() : nullptr; accounts && at != accounts->end(); ++at)
    if (const auto* uses = at->value().if_array())
      for (const auto& use : *uses)
        if (const auto* object = use.if_object())
          if (const auto* wait = object->if_contains("estimated_time_to_regain_access"); wait && wait->is_int64())
            minutes = std::max(minutes, wait->get_int64());
  return static_cast<std::uint64_t>(std::min<std::int64_t>(minutes, 24 * 60)) * 60'000;
}

// One answer, with what its reading depends on.
struct Answer {
  const sdk::HttpResponse& http;
  std::uint32_t attempt;
  std::int64_t now_ms;

  int status() const { return static_cast<int>(http.http_status); }
  std::uint64_t asked_wait_ms() const { return std::min(http.retry_after_ms(now_ms), kLongestAsked); }
  std::uint64_t regain() const { return regain_ms(http.header("x-business-use-case-usage")); }
};

json::value parsed(std::string_view body) {
  boost::system::error_code error;
  auto value = json::parse(body, error);
  return error ? json::value() : value;
}

std::uint64_t wait_ms(const Refusal& refusal, std::uint32_t attempt) {
  std::uint64_t wait = std::uint64_t{refusal.wait_seconds} * 1000;
  for (std::uint32_t i = 1; i < attempt && wait < kLongestWait && refusal.growth > 1; ++i) wait *= refusal.growth;
  return std::min(wait, kLongestWait);
}

// For answers without one of Meta's codes, as from a proxy in between, and for codes that are not in the table.
Refusal refusal_of_status(int status) {
  if (status == 401 || status == 403) return {JF_OUTCOME_REJECTED, JF_ERROR_AUTH};
  if (status == 404) return {JF_OUTCOME_REJECTED, JF_ERROR_CONFIG};
  if (status == 429) return {JF_OUTCOME_RETRY, JF_ERROR_THROTTLED, JF_SCOPE_CHANNEL, 1, 2};
  // The gateway gave up waiting for a server that may well have done it.
  if (status == 408 || status == 504) return {JF_OUTCOME_UNKNOWN, JF_ERROR_UNAVAILABLE};
  if (status >= 500) return {JF_OUTCOME_RETRY, JF_ERROR_UNAVAILABLE};
  return {JF_OUTCOME_REJECTED, JF_ERROR_CONTENT};
}

Outcome from_refusal(const Refusal& refusal, const Answer& answer) {
  Outcome outcome;
  outcome.outcome = refusal.outcome;
  outcome.error_class = refusal.error_class;
  outcome.scope = refusal.scope;
  if (refusal.outcome == JF_OUTCOME_RETRY)
    outcome.retry_after_ms = std::max(wait_ms(refusal, answer.attempt), answer.asked_wait_ms());
  if (refusal.outcome == JF_OUTCOME_RETRY && refusal.scope == JF_SCOPE_CHANNEL)
    outcome.retry_after_ms = std::max(outcome.retry_after_ms, answer.regain());
  return outcome;
}

Outcome refused(const json::object& error, std::int64_t code, const Answer& answer) {
  auto refusal = refusal_of(code);
  if (!refusal.known) {
    const bool passing = true_at(error, "is_transient");
    refusal = passing ? Refusal{JF_OUTCOME_RETRY, JF_ERROR_UNAVAILABLE} : refusal_of_status(answer.status());
  }
  auto outcome = from_refusal(refusal, answer);
  outcome.code = std::to_string(code);
  outcome.detail = detail_of(error);
  return outcome;
}

Outcome failed(const Answer& answer) {
  const auto body = parsed(answer.http.body);
  const auto* root = body.if_object();
  const auto* error = root ? object_at(*root, "error") : nullptr;
  const auto* code = error ? error->if_contains("code") : nullptr;
  if (code && code->is_int64()) return refused(*error, code->get_int64(), answer);
  auto outcome = from_refusal(refusal_of_status(answer.status()), answer);
  outcome.code = "http " + std::to_string(answer.status());
  outcome.detail = "the answer has no error code";
  return outcome;
}

Outcome without_answer(const Answer& answer) {
  Outcome outcome;
  outcome.outcome = answer.http.progress == JF_HTTP_NOT_SENT ? JF_OUTCOME_RETRY : JF_OUTCOME_UNKNOWN;
  outcome.error_class = JF_ERROR_UNAVAILABLE;
  outcome.detail = answer.http.error;
  return outcome;
}

Outcome not_understood(std::string_view detail) {
  Outcome outcome;  // UNKNOWN: it was taken, and what became of it cannot be read
  outcome.error_class = JF_ERROR_INTERNAL;
  outcome.detail = detail;
  return outcome;
}

std::vector<std::string> message_ids(const json::value& body) {
  std::vector<std::string> ids;
  const auto* root = body.if_object();
  const auto* messages = root ? array_at(*root, "messages") : nullptr;
  for (std::size_t i = 0; messages && i < messages->size(); ++i)
    if (const auto* message = (*messages)[i].if_object())
      if (const auto id = text_at(*message, "id"); !id.empty()) ids.emplace_back(id);
  return ids;
}

}  // namespace

std::string detail_of(const json::object& error) {
  std::string_view detail;
  if (const auto* more = object_at(error, "error_data")) detail = text_at(*more, "details");
  for (const auto key : {"message", "title"})
    if (detail.empty()) detail = text_at(error, key);
  return std::string(detail);
}

Outcome outcome_of_send(const sdk::HttpResponse& http, std::uint32_t attempt, std::int64_t now_ms) {
  const Answer answer{http, attempt, now_ms};
  if (!http.answered()) return without_answer(answer);
  if (!http.ok()) return failed(answer);
  Outcome outcome;
  outcome.ids = message_ids(parsed(http.body));
  if (outcome.ids.empty()) return not_understood("the answer names no message");
  outcome.outcome = JF_OUTCOME_ACCEPTED;
  return outcome;
}

Outcome outcome_of_upload(const sdk::HttpResponse& http, std::uint32_t attempt, std::int64_t now_ms) {
  if (http.ok()) {
    const auto body = parsed(http.body);
    const auto* root = body.if_object();
    const auto id = root ? text_at(*root, "id") : std::string_view();
    if (!id.empty()) return Outcome{.outcome = JF_OUTCOME_ACCEPTED, .ids = {std::string(id)}};
  }
  auto outcome = http.ok() ? not_understood("the answer names no file") : outcome_of_send(http, attempt, now_ms);
  if (outcome.outcome == JF_OUTCOME_UNKNOWN) outcome.outcome = JF_OUTCOME_RETRY;
  outcome.detail.insert(0, "media upload: ");
  return outcome;
}

}  // namespace jackfield::whatsapp
