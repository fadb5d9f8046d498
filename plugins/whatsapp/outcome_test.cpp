#include "outcome.hpp"

#include "testdata.hpp"

namespace jackfield::whatsapp {
namespace {

constexpr std::int64_t kNow = 1795255200000;

class OutcomeCase : public testing::TestWithParam<std::string> {};

json::value shown(const Outcome& outcome) {
  static constexpr const char* kOutcomes[] = {"accepted", "retry", "rejected", "unknown", "cancelled"};
  static constexpr const char* kScopes[] = {"message", "recipient", "channel"};
  json::object out{{"outcome", kOutcomes[outcome.outcome]}};
  if (outcome.outcome == JF_OUTCOME_ACCEPTED) {
    out["ids"] = json::value_from(outcome.ids);
    return out;
  }
  out["class"] = class_name(outcome.error_class);
  if (outcome.outcome == JF_OUTCOME_RETRY) {
    out["scope"] = kScopes[outcome.scope];
    out["retry_after_ms"] = outcome.retry_after_ms;
  }
  out["code"] = outcome.code;
  out["detail"] = outcome.detail;
  return out;
}

std::string text_in(const json::object& in, const char* key) {
  const auto* value = in.if_contains(key);
  if (!value) return {};
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

// A file holds several answers to the same call.
TEST_P(OutcomeCase, GivesTheOutcomesOfItsFile) {
  const auto test = read_case(GetParam());
  json::array cases;
  for (const auto& each : test.at("cases").as_array()) {
    auto now = each.as_object();
    const auto headers = text_in(now, "headers"), body = text_in(now, "body"), error = text_in(now, "error");
    sdk::HttpResponse http;
    http.progress = now.contains("status")                ? JF_HTTP_ANSWERED
                    : text_in(now, "progress") == "maybe" ? JF_HTTP_MAYBE
                                                          : JF_HTTP_NOT_SENT;
    http.http_status = now.contains("status") ? now.at("status").to_number<unsigned>() : 0;
    http.headers = headers, http.body = body, http.error = error;
    const auto attempt = now.contains("attempt") ? now.at("attempt").to_number<std::uint32_t>() : 1;
    const bool upload = text_in(test, "call") == "upload";
    now["becomes"] = shown(upload ? outcome_of_upload(http, attempt, kNow) : outcome_of_send(http, attempt, kNow));
    cases.push_back(now);
  }
  check_case(GetParam(), test, {{"cases", cases}});
}

INSTANTIATE_TEST_SUITE_P(Files, OutcomeCase, testing::ValuesIn(cases_in("outcome")), case_label);

struct CodeCase {
  std::int64_t code;
  std::uint32_t outcome, error_class, scope;
};

TEST(Refusal, OfEveryDocumentedCodeIsThatOfTheTable) {
  constexpr auto kRetry = JF_OUTCOME_RETRY, kReject = JF_OUTCOME_REJECTED;
  constexpr auto kMessage = JF_SCOPE_MESSAGE, kRecipient = JF_SCOPE_RECIPIENT, kChannel = JF_SCOPE_CHANNEL;
  std::vector<CodeCase> table;
  for (const auto code : {1, 2, 131000, 131016, 133004})
    table.push_back({code, kRetry, JF_ERROR_UNAVAILABLE, kMessage});
  table.push_back({131057, kRetry, JF_ERROR_UNAVAILABLE, kChannel});
  for (const auto code : {4, 80007, 130429, 131048, 133016})
    table.push_back({code, kRetry, JF_ERROR_THROTTLED, kChannel});
  table.push_back({131056, kRetry, JF_ERROR_THROTTLED, kRecipient});
  for (const auto code : {131047, 470}) table.push_back({code, kReject, JF_ERROR_WINDOW_CLOSED, kMessage});
  for (const auto code : {131049, 130472}) table.push_back({code, kReject, JF_ERROR_THROTTLED, kMessage});
  table.push_back({131050, kReject, JF_ERROR_OPTED_OUT, kMessage});
  for (const auto code : {131026, 131021, 131030, 130497})
    table.push_back({code, kReject, JF_ERROR_RECIPIENT, kMessage});
  for (const auto code : {100, 131008, 131009, 131051, 131052, 131053, 131055, 132000, 132001, 132005, 132007, 132012,
                          132015, 132016, 132068, 132069})
    table.push_back({code, kReject, JF_ERROR_CONTENT, kMessage});
  for (const auto code : {0, 3, 10, 190, 200, 299, 131005, 131031, 131042, 131045, 133010, 368})
    table.push_back({code, kReject, JF_ERROR_AUTH, kMessage});
  for (const auto& each : table) {
    const auto refusal = refusal_of(each.code);
    EXPECT_TRUE(refusal.known) << each.code;
    EXPECT_EQ(refusal.outcome, each.outcome) << each.code;
    EXPECT_EQ(refusal.error_class, each.error_class) << each.code;
    EXPECT_EQ(refusal.scope, each.scope) << each.code;
  }
  for (const auto code : {-1, 5, 300, 99999, 131001, 999999}) EXPECT_FALSE(refusal_of(code).known) << code;
}

}  // namespace
}  // namespace jackfield::whatsapp
