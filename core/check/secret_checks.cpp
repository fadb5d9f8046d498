// Secrets stay secret: known values are planted, the connector is put through everything, and then looked for.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "check/context.hpp"
#include "check/messages.hpp"
#include "testkit/case_file.hpp"

namespace jackfield::check {
namespace {

using testkit::FakeHost;

constexpr std::size_t kShortest = 6;  // a shorter one stands in innocent text

testkit::Options with_canaries(Context& context, const boost::json::object& own) {
  auto options = context.options(own);
  int number = 0;
  for (auto& [pointer, values] : options.secrets)
    for (auto& value : values) value = "jf-canary-" + std::to_string(context.seed()) + "-" + std::to_string(++number);
  return options;
}

struct Told {
  const char* where;
  std::string text;
};

std::vector<Told> everything_told(FakeHost& host) {
  std::vector<Told> out;
  for (const auto& line : host.log) out.push_back({"the log", line});
  for (const auto& events : host.deliveries) out.push_back({"an event", events});
  for (const auto& reply : host.webhook_answers) out.push_back({"the reply to a webhook", reply.body});
  for (const auto& answer : host.send_answers)
    out.push_back({"the answer to a send", answer.detail + " " + answer.code + " " + answer.provider_ids});
  for (const auto& answer : host.fetch_answers) out.push_back({"the answer to a fetch", answer.detail});
  for (const auto& note : host.notes) out.push_back({"a note", note});
  for (const auto& [name, value] : host.metrics) out.push_back({"the name of a metric", name});
  out.push_back({"its state", host.state_detail});
  out.push_back({"an error", host.error().message});
  return out;
}

void look_for(const testkit::Options& options, FakeHost& host) {
  for (const auto& told : everything_told(host))
    for (const auto& [pointer, values] : options.secrets)
      for (const auto& value : values)
        if (value.size() >= kShortest && told.text.find(value) != std::string::npos)
          throw Failed{"the secret " + pointer + " is in " + told.where};
}

void send_and_refuse(Context& context, FakeHost& host, std::uint64_t token, const testkit::HttpAnswer& answer) {
  host.send(token, kKey, text_message(context), 1);
  host.settle();
  for (int i = 0; i < 10 && !host.open_http.empty(); ++i) {
    host.answer(host.open_http.front(), answer);
    host.settle();
  }
}

void use_everything(Context& context, Instance& one, const std::vector<Sample>& webhooks) {
  auto& host = one.host();
  for (const auto& sample : webhooks) {
    auto call = testkit::webhook_call(testkit::member_object(sample.step, "webhook"), one.options());
    host.webhook(call);
    host.settle();
    call.headers += "x-hub-signature: forged\r\nx-signature: forged\r\n";
    call.body += "forged";
    host.webhook(call);
    host.settle();
  }
  if (context.manifest().sends) {
    std::uint64_t token = kToken;
    for (const unsigned status : {200u, 400u, 401u, 403u, 429u, 500u})
      send_and_refuse(context, host, token++, {.http_status = status, .body = R"({"error":{"message":"no"}})"});
    send_and_refuse(context, host, token, {.progress = JF_HTTP_MAYBE, .status = JF_TIMEOUT, .error = "no answer"});
  }
  host.advance(120'000);
}

void canaries(Context& context) {
  const auto sends = send_sample(context);
  auto options = with_canaries(context, sends.own);
  if (options.secrets.empty()) throw Skipped{"the settings have no secrets"};
  if (Instance probe(context, options); probe.host().start() != JF_OK) options = context.options(sends.own);
  Instance one(context, options);
  one.start();
  auto webhooks = context.samples("webhook");
  std::erase_if(webhooks, [](const Sample& sample) { return sample.own.contains("secrets"); });
  use_everything(context, one, webhooks);
  look_for(options, one.host());
  one.finish();
  look_for(options, one.host());
}

// The error of a start that fails is shown to people.
void start_error(Context& context) {
  auto options = with_canaries(context, {});
  if (options.secrets.empty()) throw Skipped{"the settings have no secrets"};
  options.settings = "{}";
  Instance one(context, options);
  one.host().start();
  one.host().settle();
  look_for(options, one.host());
  one.finish();
}

constexpr Check kChecks[] = {
    {"secret.never-told", "logs, events and errors are read by people who must not have the secrets", canaries},
    {"secret.start-error", "what went wrong at the start is shown on /v1/channels", start_error},
};

}  // namespace

std::span<const Check> secret_checks() { return kChecks; }

}  // namespace jackfield::check
