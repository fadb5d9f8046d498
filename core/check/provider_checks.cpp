// A provider that answers well, refuses, throttles, breaks, is slow, is cut off: what becomes of the send.
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "check/fuzz.hpp"
#include "check/sending.hpp"
#include "testkit/case_file.hpp"

namespace jackfield::check {
namespace json = boost::json;
namespace {

using testkit::HttpAnswer;

HttpAnswer status(unsigned number) { return {.http_status = number, .body = "{}"}; }

HttpAnswer no_answer(std::uint32_t progress, jf_status why) {
  return {.progress = progress, .http_status = 0, .status = why, .error = "no answer came"};
}

std::string http_name(unsigned number) { return "HTTP " + std::to_string(number); }

void accepted(Context& context) {
  const auto sample = send_sample(context);
  const auto expected = testkit::member_object(testkit::member_object(sample.step, "expect"), "outcome");
  const auto* given = sample.step.if_contains("http_answer");
  if (given == nullptr || testkit::string_or(expected, "outcome", "") != "accepted")
    throw Skipped{"the test data have no send with the http_answer of a provider that takes it"};
  const auto& one = given->is_array() ? given->get_array().front() : *given;
  const auto answer = outcome_under(context, testkit::http_answer(one.as_object()));
  expect_outcome(answer, {JF_OUTCOME_ACCEPTED}, "the answer of a provider that takes it (case " + sample.name + ")");
  if (answer.provider_ids.empty() || answer.provider_ids == "[]")
    throw Failed{"an accepted send has no provider id, so no receipt can ever be matched to it"};
}

void unreadable(Context& context) {
  for (const char* body : {"{}", "", "<html>hello</html>", "[]", "null", "{\"id\":"})
    expect_outcome(outcome_under(context, {.http_status = 200, .body = body}),
                   {JF_OUTCOME_ACCEPTED, JF_OUTCOME_UNKNOWN},
                   std::string("HTTP 200 with the body ") + (*body == '\0' ? "(nothing)" : body));
}

void refused(Context& context) {
  for (const unsigned number : {400u, 401u, 403u, 404u, 413u, 422u}) {
    const auto answer = outcome_under(context, status(number));
    expect_outcome(answer, {JF_OUTCOME_RETRY, JF_OUTCOME_REJECTED}, http_name(number));
    if (answer.error_class == JF_ERROR_NONE) throw Failed{"after " + http_name(number) + " the error class is none"};
  }
}

void throttled(Context& context) {
  expect_outcome(outcome_under(context, status(429)), {JF_OUTCOME_RETRY}, "HTTP 429");
}

void retry_after(Context& context) {
  auto asked = status(429);
  asked.headers = "retry-after: 7\r\n";
  const auto answer = outcome_under(context, asked);
  expect_outcome(answer, {JF_OUTCOME_RETRY}, "HTTP 429");
  if (answer.retry_after_ms < 7000)
    throw Failed{"the provider asked for 7 s with Retry-After, the connector says " +
                 std::to_string(answer.retry_after_ms) + " ms"};
}

void server_error(Context& context) {
  for (const unsigned number : {500u, 502u, 503u, 504u})
    expect_outcome(outcome_under(context, status(number)), {JF_OUTCOME_RETRY, JF_OUTCOME_UNKNOWN}, http_name(number));
}

void expect_unsure(Context& context, const testkit::SendAnswer& answer, const std::string& after) {
  if (context.manifest().idempotent_sends && answer.outcome == JF_OUTCOME_RETRY) return;
  expect_outcome(answer, {JF_OUTCOME_UNKNOWN}, after);
}

void time_out(Context& context) {
  expect_unsure(context, outcome_under(context, no_answer(JF_HTTP_MAYBE, JF_TIMEOUT)), "a request that timed out");
}

void cut_off(Context& context) {
  expect_unsure(context, outcome_under(context, no_answer(JF_HTTP_MAYBE, JF_INTERNAL)), "a connection that was cut");
}

void not_sent(Context& context) {
  for (const jf_status why : {JF_TIMEOUT, JF_INTERNAL})
    expect_outcome(outcome_under(context, no_answer(JF_HTTP_NOT_SENT, why)), {JF_OUTCOME_RETRY},
                   "a request of which nothing was sent");
}

void host_is_busy(Context& context) {
  must_send(context);
  Instance one(context, send_sample(context).own);
  one.start();
  one.host().busy_http = 1;
  const jf_status taken = one.host().send(kToken, kKey, text_message(context), 1);
  one.await([&] { return !one.host().is_open(kToken); });
  if (one.host().busy_http != 0) throw Skipped{"a send makes no HTTP request"};
  for (int i = 0; i < 60 && one.host().open_http.empty() && one.host().is_open(kToken); ++i) one.host().advance(1000);
  if (taken == JF_OK && !one.host().send_answers.empty())
    expect_outcome(one.host().send_answers.back(), {JF_OUTCOME_RETRY}, "a host that had no room for the request");
  one.finish();
}

// Nothing comes until the host gives up; then perhaps the answer comes after all.
void slow(Context& context) {
  Sending sending(context);
  const std::uint64_t op = sending.host().open_http.front();
  sending.host().advance(29'000);
  if (sending.host().is_open(kToken)) sending.host().cancel(kToken);
  for (int i = 0; i < 5; ++i) sending.host().advance(1000);
  // The host's own limit of a request comes to the rescue of who does not heed cancel.
  if (sending.host().is_open(kToken)) sending.provider_says(no_answer(JF_HTTP_MAYBE, JF_TIMEOUT));
  expect_unsure(context, sending.answer(), "a request without an answer, and cancel");
  sending.host().answer(op, status(200));
  sending.host().settle();
  sending.finish();
}

void garbage(Context& context) {
  for (int i = 0; i < 100; ++i) {
    HttpAnswer answer{.http_status = 100 + static_cast<unsigned>(context.chance()() % 500),
                      .headers = random_text(context.chance(), 60),
                      .body = mutated(context.chance(), R"({"id":"a1","messages":[{"id":"x"}],"error":{"code":190}})")};
    (void)outcome_under(context, answer);
  }
}

constexpr Check kChecks[] = {
    {"provider.accepted", "what the provider took must be known to have been taken, and by which id", accepted},
    {"provider.unreadable", "a send that was taken must not go out twice because the answer cannot be read",
     unreadable},
    {"provider.4xx", "a refusal is no success, and not in doubt either", refused},
    {"provider.429", "too many at once is no reason to lose a message", throttled},
    {"provider.retry-after", "coming back too soon keeps an account throttled", retry_after},
    {"provider.5xx", "a provider in trouble is no reason to lose a message", server_error},
    {"provider.time-out", "a time-out is not a failure: the message may have arrived", time_out},
    {"provider.cut-off", "a cut connection is not a failure: the message may have arrived", cut_off},
    {"provider.not-sent", "what certainly did not leave is tried again by itself", not_sent},
    {"provider.host-busy", "a host without room is no reason to lose a message", host_is_busy},
    {"provider.slow", "who is cancelled after the request has left does not know what became of it", slow},
    {"provider.garbage", "anything can stand between connector and provider, and answer", garbage},
};

}  // namespace

std::span<const Check> provider_checks() { return kChecks; }

}  // namespace jackfield::check
