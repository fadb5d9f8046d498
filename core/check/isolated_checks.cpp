// The connector in a process of its own does what it does in the host's: the same under the real host in both modes.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "check/both_modes.hpp"
#include "check/fuzz.hpp"
#include "check/messages.hpp"
#include "testkit/case_file.hpp"

namespace jackfield::check {
namespace json = boost::json;
namespace {

// Sessions need a peer of their kind, which is not here, and ports of their own.
void must_keep_no_sessions(Context& context) {
  Instance one(context);
  one.start();
  if (!one.host().streams.empty()) throw Skipped{"it keeps sessions, and their peers are not here"};
  one.finish();
}

void must_have_a_provider_here(Context& context) {
  const auto settings = testkit::member_object(context.base(), "settings");
  if (!settings.contains("api_url")) throw Skipped{"its settings name no api_url that a provider here could stand for"};
}

Transcript start_and_stop(Context& context, host::Isolation isolation) {
  LiveHost live(context, {}, isolation, {.body = "{}"});
  live.start();
  return live.end();
}

void lives(Context& context) {
  must_keep_no_sessions(context);
  compare_modes([&](host::Isolation isolation) { return start_and_stop(context, isolation); });
}

void play_webhooks(Context& context, LiveHost& live, const Sample& sample, std::vector<std::string> garbage) {
  auto call = testkit::webhook_call(testkit::member_object(sample.step, "webhook"), context.options(sample.own));
  live.webhook(sample.name, call);
  live.webhook(sample.name + " (again)", call);
  for (std::size_t i = 0; i < garbage.size(); ++i) {
    call.body = garbage[i];
    live.webhook(sample.name + " (garbage " + std::to_string(i) + ")", call);
  }
}

void webhooks(Context& context) {
  const auto samples = context.samples("webhook");
  if (samples.empty()) throw Skipped{"the test data have no webhook case"};
  must_keep_no_sessions(context);
  const std::vector<std::string> garbage = {
      "", "{}", "[]", "null", "{\"entry\":[{", std::string(1000, '['), "\xff\xfe\x00garbage", "a=b&c=%zz"};
  for (const auto& sample : samples) {
    compare_modes([&](host::Isolation isolation) {
      LiveHost live(context, sample.own, isolation, {.body = "{}"});
      if (live.start()) play_webhooks(context, live, sample, garbage);
      return live.end();
    });
  }
}

std::vector<testkit::HttpAnswer> answers(const Sample& sample) {
  std::vector<testkit::HttpAnswer> out;
  if (const auto* given = sample.step.if_contains("http_answer")) {
    const auto& one = given->is_array() ? given->get_array().front() : *given;
    out.push_back(testkit::http_answer(one.as_object()));
  }
  for (const unsigned status : {200u, 400u, 401u, 403u, 429u, 500u, 503u})
    out.push_back({.http_status = status, .body = "{}"});
  out.push_back({.http_status = 429, .headers = "retry-after: 7\r\n", .body = ""});
  out.push_back({.progress = JF_HTTP_MAYBE});
  return out;
}

void sends(Context& context) {
  if (!context.manifest().sends) throw Skipped{"the manifest says that it does not send"};
  must_have_a_provider_here(context);
  must_keep_no_sessions(context);
  const auto sample = send_sample(context);
  for (const auto& answer : answers(sample)) {
    compare_modes([&](host::Isolation isolation) {
      LiveHost live(context, sample.own, isolation, answer);
      const auto under = "send under HTTP " + std::to_string(answer.http_status);
      if (!live.start()) return live.end();
      if (const auto* own = sample.step.if_contains("send")) live.send(under, json::serialize(*own));
      live.send(under + " (text)", text_message(context));
      live.send(under + " (garbage)", "{\"parts\": 1}");
      return live.end();
    });
  }
}

constexpr Check kChecks[] = {
    {"isolated.life", "operators run a stranger's connector in a process of its own", lives},
    {"isolated.webhooks", "what a customer wrote must not depend on where the connector runs", webhooks},
    {"isolated.sends", "what becomes of a reply must not depend on where the connector runs", sends},
};

}  // namespace

std::span<const Check> isolated_checks() { return kChecks; }

}  // namespace jackfield::check
