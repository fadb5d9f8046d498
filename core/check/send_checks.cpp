// One answer for every send, whatever happens.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "check/fuzz.hpp"
#include "check/sending.hpp"

namespace jackfield::check {
namespace {

using testkit::FakeHost;

// Up to `count` sends of all the kinds of parts; how many were taken.
std::size_t send_many(Context& context, FakeHost& host, std::size_t count) {
  const auto parts = parts_of(context, host);
  std::size_t taken = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string key = kKey + std::to_string(i);
    const auto message =
        parts.empty() ? text_message(context, key) : message_with(context, parts[i % parts.size()], key);
    taken += host.send(kToken + i, key, message, 1) == JF_OK ? 1 : 0;
    host.settle();
  }
  return taken;
}

void answer_all(FakeHost& host, const testkit::HttpAnswer& answer) {
  for (int i = 0; i < 1000 && !host.open_http.empty(); ++i) {
    host.answer(host.open_http.front(), answer);
    host.settle();
  }
}

testkit::HttpAnswer status(unsigned number) { return {.http_status = number, .body = "{}"}; }

std::size_t at_once(Context& context) {
  must_send(context);
  return static_cast<std::size_t>(std::max(1, context.manifest().max_in_flight));
}

void exactly_once(Context& context) {
  Instance one(context, send_sample(context).own);
  const std::size_t count = at_once(context);
  one.start();
  const std::size_t taken = send_many(context, one.host(), count);
  if (taken == 0) throw Failed{"it takes no send, not even the first"};
  answer_all(one.host(), status(200));
  for (int i = 0; i < 120; ++i) one.host().advance(1000);
  one.await([&] { return one.host().send_answers.size() >= taken; });
  if (one.host().send_answers.size() < taken)
    throw Failed{"of " + std::to_string(taken) + " sends " + std::to_string(one.host().send_answers.size()) +
                 " were answered, two minutes after the provider's last answer"};
  one.finish();
}

void cancelled(Context& context) {
  Instance one(context, send_sample(context).own);
  const std::size_t count = at_once(context);
  one.start();
  send_many(context, one.host(), count);
  for (std::size_t i = 0; i < count; ++i)
    if (one.host().is_open(kToken + i)) one.host().cancel(kToken + i);
  one.host().cancel(kToken + count + 1);  // of which it never heard
  for (int i = 0; i < 5; ++i) one.host().advance(1000);
  // The host's own limit of a request comes to the rescue of who does not heed cancel.
  answer_all(one.host(), {.progress = JF_HTTP_MAYBE, .http_status = 0, .status = JF_TIMEOUT, .error = "timed out"});
  one.await([&] { return !one.host().is_open(kToken); });
  for (std::size_t i = 0; i < count; ++i)
    if (one.host().is_open(kToken + i))
      throw Failed{"a cancelled send was not answered within 5 s, nor after its requests timed out"};
  for (const auto& answer : one.host().send_answers)
    if (answer.outcome == JF_OUTCOME_ACCEPTED && !one.host().http_calls.empty())
      throw Failed{"a send that no provider answered ended ACCEPTED"};
  one.finish();
}

void drained(Context& context) {
  Instance one(context, send_sample(context).own);
  const std::size_t count = at_once(context);
  one.start();
  send_many(context, one.host(), count);
  one.host().drain(one.host().now_ms() + 5000);
  answer_all(one.host(), status(503));
  one.host().advance(5000);
  one.finish();
}

void stopped(Context& context) {
  Instance one(context, send_sample(context).own);
  const std::size_t count = at_once(context);
  one.start();
  send_many(context, one.host(), count);
  one.host().stop();
  one.finish();
}

// A provider that honours the key needs to get it.
void idempotency_key(Context& context) {
  if (!context.manifest().idempotent_sends) throw Skipped{"the manifest does not say idempotent_sends"};
  Sending sending(context);
  for (const auto& call : sending.host().http_calls)
    if ((call.url + call.headers + call.body + call.form).find(kKey) != std::string::npos) return sending.finish();
  throw Failed{"the manifest says idempotent_sends, and no request carries the idempotency key"};
}

void odd_messages(Context& context) {
  must_send(context);
  const std::string good = text_message(context);
  Instance one(context, send_sample(context).own);
  one.start();
  std::vector<std::string> odd = {"{}",
                                  "",
                                  "[]",
                                  "not JSON",
                                  R"({"id":"x","to":[],"parts":[]})",
                                  R"({"id":1,"to":{"address":5},"parts":"none"})",
                                  R"({"id":"x","to":[{"address":"nothing"}],"parts":[{"type":"never-heard-of"}]})"};
  for (int i = 0; i < 100; ++i) odd.push_back(mutated(context.chance(), good));
  for (std::size_t i = 0; i < odd.size(); ++i) {
    one.host().send(kToken + i, kKey + std::to_string(i), odd[i], 1);
    one.host().settle();
    answer_all(one.host(), status(400));
  }
  one.finish();
}

constexpr Check kChecks[] = {
    {"send.exactly-once", "a send without an answer blocks its conversation, one with two is counted twice",
     exactly_once},
    {"send.cancel", "at its deadline the host must learn what became of a send", cancelled},
    {"send.drain", "what is open when the channel is changed must not be lost or doubled", drained},
    {"send.stop", "what is open when the daemon ends must not be lost or doubled", stopped},
    {"send.idempotency-key", "the host repeats sends in doubt only because the provider knows the key",
     idempotency_key},
    {"send.odd-messages", "messages come from programs of strangers", odd_messages},
};

}  // namespace

std::span<const Check> send_checks() { return kChecks; }

}  // namespace jackfield::check
