// Every order of life that jackfield.h allows, and what it leaves behind.
#include <malloc.h>

#include <algorithm>
#include <cstdint>
#include <functional>

#include "check/context.hpp"
#include "check/footprint.hpp"
#include "check/messages.hpp"
#include "testkit/case_file.hpp"

namespace jackfield::check {
namespace {

using testkit::FakeHost;

void check_violations(const FakeHost& host) {
  if (!host.violations.empty()) throw Failed{host.violations.front()};
}

void starts(Context& context) {
  Instance one(context);
  const jf_status status = one.host().start();
  if (status != JF_OK)
    throw Failed{std::string("it does not start: ") + one.host().error().message +
                 " (its settings come from --settings or --testdata)"};
  one.host().settle();
  one.finish();
}

void create_destroy(Context& context) {
  Instance one(context);
  one.host().create();
  one.host().destroy();
  check_violations(one.host());
}

void create_stop_destroy(Context& context) {
  Instance one(context);
  one.host().create();
  one.host().stop();
  one.host().destroy();
  check_violations(one.host());
}

void start_destroy(Context& context) {
  Instance one(context);
  one.start();
  one.host().destroy();
  check_violations(one.host());
}

void start_stop_destroy(Context& context) {
  Instance one(context);
  one.start();
  one.host().stop();
  one.host().destroy();
  check_violations(one.host());
}

void drain_past_its_deadline(Context& context) {
  Instance one(context);
  one.start();
  one.host().drain(one.host().now_ms() - 1);
  one.host().settle();
  one.host().stop();
  one.host().destroy();
  check_violations(one.host());
}

void drain_without_start(Context& context) {
  Instance one(context);
  one.host().create();
  one.finish();
}

// With no secrets and nothing in the settings most connectors fail; then they are asked again, and put away.
void start_fails(Context& context) {
  for (const bool with_settings : {true, false}) {
    auto options = context.options();
    options.secrets.clear();
    if (!with_settings) options.settings = "{}";
    Instance one(context, options);
    one.host().busy_http = 1000;
    for (int i = 0; i < 3; ++i) {
      const jf_status status = one.host().start();
      if (status != JF_OK && one.host().error().message[0] == '\0')
        throw Failed{"it fails to start without its secrets, and does not say why"};
      if (status == JF_OK) break;
      one.host().settle();
    }
    one.finish();
  }
}

void webhook_before_start(Context& context) {
  if (context.manifest().webhooks.empty()) throw Skipped{"the manifest has no webhooks"};
  Instance one(context);
  if (one.host().create() != JF_OK) throw Skipped{"it cannot be created with these settings"};
  for (const auto& route : context.manifest().webhooks) {
    testkit::WebhookCall call;
    call.method = route.method;
    call.path = route.path;
    one.host().webhook(call);
  }
  one.await([&] { return one.host().webhook_answers.size() == context.manifest().webhooks.size(); });
  one.finish();
}

// A whole life with a little work in it.
void live(Context& context) {
  Instance one(context);
  one.start();
  if (context.manifest().sends) {
    one.host().send(kToken, kKey, text_message(context), 1);
    one.host().settle();
    while (!one.host().open_http.empty()) one.host().answer(one.host().open_http.front(), {.body = "{}"});
  }
  for (const auto& route : context.manifest().webhooks) {
    testkit::WebhookCall call;
    call.method = route.method;
    call.path = route.path;
    call.body = "{}";
    one.host().webhook(call);
  }
  one.finish();
}

void live_many(Context& context, int times) {
  for (int i = 0; i < times; ++i) live(context);
}

void nothing_left(Context& context) {
  live_many(context, 2);  // libraries set themselves up at first
  const Footprint before = take_footprint();
  live_many(context, 10);
  const Footprint after = take_footprint();
  if (after.threads > before.threads) throw Failed{"leaks threads: ten lives leave some behind"};
  if (after.descriptors.size() >= before.descriptors.size() + 5)
    throw Failed{"leaks descriptors: ten lives leave " +
                 std::to_string(after.descriptors.size() - before.descriptors.size()) + " open"};
}

void memory_stays_flat(Context& context) {
  constexpr int lives = 100;
  constexpr std::size_t most_per_life = 512;
  if (::mallinfo2().uordblks == 0) throw Skipped{"this build's allocator does not tell"};
  live_many(context, lives);
  // A leak shows every time. What the allocator keeps for later counts as used and grows in some run or other.
  std::size_t least = SIZE_MAX;
  for (int run = 0; run < 4 && least > lives * most_per_life; ++run) {
    const std::size_t before = ::mallinfo2().uordblks;
    live_many(context, lives);
    const std::size_t after = ::mallinfo2().uordblks;
    least = std::min(least, after - std::min(before, after));
  }
  if (least > lives * most_per_life)
    throw Failed{"leaks memory: about " + std::to_string(least / lives) + " bytes a life"};
}

constexpr Check kChecks[] = {
    {"life.start", "all else needs a connector that starts", starts},
    {"life.create-destroy", "the host destroys what it made without stop when a neighbour fails", create_destroy},
    {"life.create-stop-destroy", "a channel can be stopped before it was ever started", create_stop_destroy},
    {"life.start-destroy", "stop is left out when the host is in a hurry", start_destroy},
    {"life.start-stop-destroy", "drain is left out when the host is in a hurry", start_stop_destroy},
    {"life.drain-late", "a deadline may be over when drain is called", drain_past_its_deadline},
    {"life.drain-without-start", "a channel that never started is drained like any other", drain_without_start},
    {"life.start-fails", "a channel with wrong settings says so, and must not take the daemon with it", start_fails},
    {"life.webhook-before-start", "requests come as soon as there is an instance", webhook_before_start},
    {"life.leftovers", "a reload makes new instances for months; what each leaves behind adds up", nothing_left},
    {"life.memory", "a reload makes new instances for months; what each leaves behind adds up", memory_stays_flat},
};

}  // namespace

std::span<const Check> life_checks() { return kChecks; }

}  // namespace jackfield::check
