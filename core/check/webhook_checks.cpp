// Requests of a provider: genuine, forged, repeated, at a bad moment, and garbage.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cctype>
#include <initializer_list>

#include "check/context.hpp"
#include "check/fuzz.hpp"
#include "model/json.hpp"
#include "testkit/case_file.hpp"
#include "testkit/record.hpp"

namespace jackfield::check {
namespace json = boost::json;
namespace {

using testkit::WebhookCall;

void must_have_webhooks(Context& context) {
  if (context.manifest().webhooks.empty()) throw Skipped{"the manifest has no webhooks"};
}

bool delivers(const Sample& sample) { return testkit::member_object(sample.step, "expect").contains("events"); }

const json::object& request_of(const Sample& sample) { return testkit::member_object(sample.step, "webhook"); }

bool has_word(std::string name, std::initializer_list<std::string_view> words) {
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

bool covers_body(const std::string& header) { return has_word(header, {"signature", "hmac"}); }

// The header of a case by which the provider shows who it is, as providers name them; empty: there is none.
std::string proof_header(const Sample& sample) {
  for (const auto& header : testkit::member_object(request_of(sample), "headers"))
    if (std::string name(header.key()); covers_body(name) || has_word(name, {"authorization", "token", "secret"}))
      return name;
  return "";
}

bool is_authenticated(const Sample& sample) {
  return request_of(sample).contains("sign") || !proof_header(sample).empty();
}

// The first case of a request that is taken and becomes events; with a signature or token when that is asked for.
Sample taken_sample(Context& context, bool authenticated) {
  must_have_webhooks(context);
  for (const auto& sample : context.samples("webhook"))
    if (delivers(sample) && (!authenticated || is_authenticated(sample))) return sample;
  throw Skipped{authenticated
                    ? "the test data have no webhook case with events and \"sign\" or a header that proves who it is"
                    : "the test data have no webhook case with events"};
}

WebhookCall call_of(const Sample& sample, const testkit::Options& options) {
  return testkit::webhook_call(request_of(sample), options);
}

// The status that the provider gets; 0 while the connector holds it back.
unsigned status_after(Instance& one, const WebhookCall& call) {
  const std::size_t before = one.host().webhook_answers.size();
  one.host().webhook(call);
  one.await([&] { return one.host().webhook_answers.size() > before; });
  return one.host().webhook_answers.size() > before ? one.host().webhook_answers.back().http_status : 0;
}

std::vector<json::object> events(const testkit::FakeHost& host) {
  std::vector<json::object> out;
  for (const auto& text : host.deliveries) {
    const auto value = json::parse(text);
    for (const auto& one : value.is_array() ? value.get_array() : json::array{value})
      if (one.is_object()) out.push_back(one.get_object());
  }
  return out;
}

// What makes a redelivery harmless.
std::vector<std::string> keys(const testkit::FakeHost& host) {
  std::vector<std::string> out;
  for (const auto& event : events(host)) {
    std::string key;
    for (const char* member : {"type", "account", "id", "dedupe", "status", "at"})
      if (const auto* value = event.if_contains(member)) key += json::serialize(*value) + " ";
    out.push_back(key);
  }
  return out;
}

void events_are_valid(Context& context) {
  const auto sample = taken_sample(context, false);
  Instance one(context, sample.own);
  one.start();
  const unsigned status = status_after(one, call_of(sample, one.options()));
  if (status / 100 != 2) throw Failed{"the request of case " + sample.name + " is answered " + std::to_string(status)};
  const auto found = events(one.host());
  if (found.empty()) throw Failed{"the request of case " + sample.name + " delivers nothing"};
  for (const auto& event : found)
    if (const auto read = read_event(event); !read) throw Failed{"an event breaks the schema: " + read.error().message};
  one.finish();
}

// The header line by which the provider shows who it is.
std::string proof_of(const Sample& sample, const testkit::Options& options, const std::string& body) {
  const auto& request = request_of(sample);
  if (const auto* sign = request.if_contains("sign")) return testkit::signature_line(sign->as_object(), options, body);
  const std::string name = proof_header(sample);
  return testkit::header_lines({{name, testkit::member_object(request, "headers").at(name)}});
}

// Every one must be refused and deliver nothing.
std::vector<WebhookCall> forgeries(const Sample& sample, const testkit::Options& options) {
  const auto genuine = call_of(sample, options);
  const std::string line = proof_of(sample, options, genuine.body), end = "\r\n";
  const auto at = genuine.headers.rfind(line);
  const auto with = [&](const std::string& proof) {
    auto call = genuine;
    call.headers.replace(at, line.size(), proof);
    return call;
  };
  const std::string name = line.substr(0, line.find(": ") + 2);
  std::string other = line;
  char& last = other[other.size() - end.size() - 1];
  last = last == '0' ? '1' : '0';
  std::vector<WebhookCall> out = {with(""), with(name + end), with(other), with(line.substr(0, line.size() - 4) + end)};
  if (!request_of(sample).contains("sign") && !covers_body(proof_header(sample))) return out;
  out.push_back(genuine);
  out.back().body += ' ';  // of which the signature is not
  return out;
}

void bad_signature(Context& context) {
  const auto sample = taken_sample(context, true);
  Instance one(context, sample.own);
  one.start();
  for (const auto& call : forgeries(sample, one.options())) {
    const unsigned status = status_after(one, call);
    if (!one.host().deliveries.empty()) throw Failed{"a request with a forged signature or token delivers an event"};
    if (status != 401 && status != 403)
      throw Failed{"a request with a forged signature or token is answered " + std::to_string(status) +
                   ", not 401 or 403"};
  }
  if (status_after(one, call_of(sample, one.options())) / 100 != 2)
    throw Failed{"after forgeries the genuine request is refused too"};
  one.finish();
}

std::vector<std::string> keys_of_one_call(Context& context, const Sample& sample, std::uint64_t seed,
                                          std::int64_t later_ms) {
  auto options = context.options(sample.own);
  options.seed = seed;
  options.now_ms += later_ms;
  Instance one(context, options);
  one.start();
  status_after(one, call_of(sample, options));
  const auto out = keys(one.host());
  one.finish();
  return out;
}

void replay(Context& context) {
  for (const auto& sample : context.samples("webhook")) {
    if (!delivers(sample)) continue;
    const auto first = keys_of_one_call(context, sample, context.seed(), 0);
    const auto again = keys_of_one_call(context, sample, context.seed() + 1, 3'600'000);
    if (first != again)
      throw Failed{"the same request, an hour later, gives other ids: " + (first.empty() ? "" : first.front()) +
                   "and " + (again.empty() ? "nothing" : again.front()) + " (case " + sample.name + ")"};
  }
  taken_sample(context, false);  // skips when there was none
}

void busy(Context& context) {
  const auto sample = taken_sample(context, false);
  Instance one(context, sample.own);
  one.start();
  const auto call = call_of(sample, one.options());
  one.host().busy_deliveries = 5000;
  const unsigned status = status_after(one, call);
  if (one.host().busy_deliveries < 4000) throw Failed{"a host that says BUSY is asked again without end"};
  if (status / 100 == 2)
    throw Failed{"the host took nothing (BUSY), and the provider was told " + std::to_string(status)};
  one.host().busy_deliveries = 0;
  for (int i = 0; i < 60; ++i) one.host().advance(1000);
  if (one.host().deliveries.empty()) status_after(one, call);
  if (one.host().deliveries.empty()) throw Failed{"what was BUSY before is not delivered when it comes again"};
  one.finish();
}

void commit_fails(Context& context) {
  const auto sample = taken_sample(context, false);
  Instance one(context, sample.own);
  one.start();
  const auto call = call_of(sample, one.options());
  one.host().failing_deliveries = 1;
  const unsigned status = status_after(one, call);
  if (status / 100 == 2 && one.host().deliveries.empty())
    throw Failed{"the store failed, and the provider was told " + std::to_string(status)};
  if (one.host().deliveries.empty()) status_after(one, call);
  if (one.host().deliveries.empty())
    throw Failed{"what could not be stored before is not delivered when it comes again"};
  one.finish();
}

// A mutation of a genuine request, signed as if the provider had sent it; or of nothing.
WebhookCall garbage(Context& context, const testkit::Options& options, const std::vector<Sample>& samples) {
  const auto& routes = context.manifest().webhooks;
  const auto& route = routes[context.chance()() % routes.size()];
  WebhookCall call;
  call.method = route.method;
  call.path = route.path;
  call.query = mutated(context.chance(), "hub.mode=subscribe&hub.challenge=1");
  call.body = random_text(context.chance(), 200);
  if (samples.empty()) return call;
  const auto& request = request_of(samples[context.chance()() % samples.size()]);
  const auto genuine = testkit::webhook_call(request, options);
  call.body = mutated(context.chance(), genuine.body);
  call.headers = testkit::header_lines(testkit::member_object(request, "headers"));
  if (const auto* sign = request.if_contains("sign"))
    call.headers += testkit::signature_line(sign->as_object(), options, call.body);
  if (context.chance()() % 8 == 0) call.headers = mutated(context.chance(), genuine.headers);
  return call;
}

// Of garbage a connector may make what is no JSON, if it does not tell the provider that all is well.
void forgive_no_json(testkit::FakeHost& host, unsigned status) {
  if (status / 100 != 2) std::erase(host.violations, "deliver was given what is not JSON");
}

void fuzzed(Context& context) {
  must_have_webhooks(context);
  auto samples = context.samples("webhook");
  std::erase_if(samples, [](const Sample& one) { return one.own.contains("secrets") || one.own.contains("settings"); });
  Instance one(context);
  one.start();
  for (int i = 0; i < 500; ++i) {
    const unsigned status = status_after(one, garbage(context, one.options(), samples));
    forgive_no_json(one.host(), status);
    one.host().advance(10);
  }
  one.host().advance(60'000);
  one.finish();
}

// What could not be decoded is offered again after an upgrade: whatever it was.
void replays_garbage(Context& context) {
  Instance one(context);
  one.start();
  if (!one.host().has_extension(JF_EXT_REPLAY)) throw Skipped{"it does not have " JF_EXT_REPLAY};
  for (int i = 0; i < 200; ++i) {
    std::string out;
    const auto raw =
        i == 0 ? "" : mutated(context.chance(), R"({"entry":[{"changes":[{"value":{"messages":[{"id":"a"}]}}]}]})");
    one.host().replay(raw, out);
    one.host().settle();
  }
  one.finish();
}

constexpr Check kChecks[] = {
    {"webhook.events", "an event that breaks the schema becomes a dead letter", events_are_valid},
    {"webhook.bad-signature", "anybody can post to the URL of a webhook", bad_signature},
    {"webhook.replay", "providers send everything again when in doubt; the id is what makes that harmless", replay},
    {"webhook.busy", "a provider that was told 200 does not send it again", busy},
    {"webhook.commit-fails", "a provider that was told 200 does not send it again", commit_fails},
    {"webhook.fuzz", "anybody can post to the URL of a webhook, and providers change their formats", fuzzed},
    {"webhook.replay-garbage", "what is replayed is what nobody could read before", replays_garbage},
};

}  // namespace

std::span<const Check> webhook_checks() { return kChecks; }

}  // namespace jackfield::check
