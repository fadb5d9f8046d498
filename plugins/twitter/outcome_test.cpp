#include "outcome.hpp"

#include "testdata.hpp"

namespace jackfield::twitter {
namespace {

std::string_view name_of(std::uint32_t outcome) {
  switch (outcome) {
    case JF_OUTCOME_ACCEPTED: return "accepted";
    case JF_OUTCOME_RETRY: return "retry";
    case JF_OUTCOME_REJECTED: return "rejected";
    default: return "unknown";
  }
}

bool flag(const json::object& in, std::string_view key) {
  const auto* value = in.if_contains(key);
  return value && value->as_bool();
}

// The answers that a file lists, each with what it means.
class OutcomeCase : public testing::TestWithParam<std::string> {};

TEST_P(OutcomeCase, GivesTheOutcomesOfItsFile) {
  const auto test = read_case(GetParam());
  json::array answers;
  for (const auto& entry : test.at("answers").as_array()) {
    auto answer = entry.as_object();
    std::string body;
    if (const auto* given = answer.if_contains("body"))
      body = given->is_string() ? std::string(given->as_string()) : json::serialize(*given);
    sdk::HttpResponse http;
    const auto* status = answer.if_contains("status");
    http.progress = status ? JF_HTTP_ANSWERED : flag(answer, "sent") ? JF_HTTP_MAYBE : JF_HTTP_NOT_SENT;
    http.http_status = status ? static_cast<unsigned>(status->as_int64()) : 0;
    http.body = body;
    http.error = "no answer";
    const auto* attempt = answer.if_contains("attempt");
    const Sent sent{flag(test, "public"), flag(answer, "enterprise"),
                    attempt ? static_cast<std::uint32_t>(attempt->as_int64()) : 1};
    const auto outcome = flag(test, "upload") ? outcome_of_upload(http) : outcome_of_send(http, sent);
    json::object seen{{"outcome", name_of(outcome.outcome)}};
    if (outcome.error_class != JF_ERROR_NONE) seen["class"] = class_name(outcome.error_class);
    if (outcome.scope == JF_SCOPE_CHANNEL) seen["scope"] = "channel";
    if (outcome.retry_after_ms) seen["after_ms"] = outcome.retry_after_ms;
    if (!outcome.ids.empty()) seen["ids"] = json::value_from(outcome.ids);
    if (!outcome.detail.empty()) seen["detail"] = outcome.detail;
    if (outcome.credits) seen["credits"] = true;
    if (outcome.token) seen["token"] = true;
    answer["means"] = seen;
    answers.push_back(answer);
  }
  check_case(GetParam(), test, {{"answers", answers}});
}

INSTANTIATE_TEST_SUITE_P(Files, OutcomeCase, testing::ValuesIn(cases_in("outcome")), case_label);

}  // namespace
}  // namespace jackfield::twitter
