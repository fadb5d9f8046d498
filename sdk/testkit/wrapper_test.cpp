// The C++ wrapper against the fake host: whatever a connector forgets or throws, the contract holds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <jackfield/jackfield.hpp>
#include <memory>
#include <stdexcept>

#include "fake_host.hpp"

namespace jackfield::testkit {
namespace {

using sdk::Fetch;
using sdk::HttpResponse;
using sdk::Send;
using sdk::Setup;
using sdk::State;
using sdk::Webhook;
using testing::ElementsAre;
using testing::HasSubstr;

// What the connector under test does, set by each test.
struct Script {
  std::function<void(sdk::Host&)> construct, start, stop;
  std::function<void(sdk::Host&, Send&&)> send;
  std::function<void(sdk::Host&, Webhook&&)> webhook;
  std::function<void(sdk::Host&, std::uint64_t, std::string_view)> timer;
};
Script script;

class Scripted : public sdk::Connector {
 public:
  explicit Scripted(const Setup& setup) : Connector(setup) {
    if (script.construct) script.construct(host());
  }
  void start() override {
    if (script.start) return script.start(host());
    Connector::start();
  }
  void send(Send&& send) override {
    if (script.send) script.send(host(), std::move(send));
  }
  void on_webhook(Webhook&& request) override {
    if (script.webhook) script.webhook(host(), std::move(request));
  }
  void on_timer(std::uint64_t timer, std::string_view payload) override {
    if (script.timer) script.timer(host(), timer, payload);
  }
  void stop() override {
    if (script.stop) script.stop(host());
  }
};

class Fetching : public Scripted {
 public:
  using Scripted::Scripted;
  void fetch_media(Fetch&& fetch) override {
    if (fetch.part() == "throw") throw std::runtime_error("no");
    if (fetch.part() == "put") fetch.done(host().put_blob("bytes"), "text/plain");
  }
  std::optional<std::string> replay(std::string_view raw) override {
    if (raw == "throw") throw std::runtime_error("no");
    return raw == "[]" ? std::optional<std::string>("[]") : std::nullopt;
  }
  bool signal(std::string_view signal) override {
    if (signal == "throw") throw std::runtime_error("no");
    return signal == "read";
  }
  std::string preview(std::string_view message) override {
    if (message == "throw") throw std::runtime_error("no");
    if (message == "call") host().deliver("[]");
    return R"({"sendable":true})";
  }
};

class Wrapper : public testing::Test {
 protected:
  Wrapper() { script = {}; }
  ~Wrapper() override { script = {}; }

  FakeHost& started() {
    EXPECT_EQ(host_.start(), JF_OK);
    return host_;
  }
  SendAnswer only_answer() {
    EXPECT_EQ(host_.send_answers.size(), 1u);
    EXPECT_THAT(host_.violations, testing::IsEmpty());
    return host_.send_answers.empty() ? SendAnswer{} : host_.send_answers.front();
  }

  const jf_module module_ = sdk::module<Scripted>("{}");
  FakeHost host_{module_, {}};
};

TEST_F(Wrapper, ForgottenSendIsUnknown) {
  started().send(1, "key", "{}");
  EXPECT_EQ(only_answer().outcome, JF_OUTCOME_UNKNOWN);
}

TEST_F(Wrapper, AcceptedSendBringsItsIdsEscaped) {
  script.send = [](sdk::Host&, Send&& send) { send.accepted({"a\"b", "c"}); };
  started().send(1, "key", "{}");
  EXPECT_EQ(only_answer().outcome, JF_OUTCOME_ACCEPTED);
  EXPECT_EQ(only_answer().provider_ids, R"(["a\"b","c"])");
}

TEST_F(Wrapper, SecondAnswerOfASendIsIgnored) {
  script.send = [](sdk::Host&, Send&& send) {
    send.rejected({.error = sdk::ErrorClass::recipient, .code = "42"});
    send.accepted({});
  };
  started().send(1, "key", "{}");
  EXPECT_EQ(only_answer().outcome, JF_OUTCOME_REJECTED);
  EXPECT_EQ(only_answer().error_class, JF_ERROR_RECIPIENT);
}

TEST_F(Wrapper, SendThatThrowsBeforeAnyCallIsRetriedWithTheText) {
  script.send = [](sdk::Host&, Send&&) { throw std::runtime_error("no such template"); };
  EXPECT_EQ(started().send(1, "key", "{}"), JF_OK);
  EXPECT_EQ(only_answer().outcome, JF_OUTCOME_RETRY);
  EXPECT_EQ(only_answer().error_class, JF_ERROR_INTERNAL);
  EXPECT_EQ(only_answer().detail, "no such template");
}

TEST_F(Wrapper, SendThatThrowsAfterARequestLeftIsUnknown) {
  script.send = [](sdk::Host& host, Send&&) {
    host.http({.url = "http://provider/"}, [](const HttpResponse&) {});
    throw 42;
  };
  started().send(1, "key", "{}");
  EXPECT_EQ(only_answer().outcome, JF_OUTCOME_UNKNOWN);
}

TEST_F(Wrapper, BusySendTakesNothing) {
  script.send = [](sdk::Host&, Send&& send) { send.busy(); };
  EXPECT_EQ(started().send(1, "key", "{}"), JF_BUSY);
  EXPECT_TRUE(host_.send_answers.empty());
}

TEST_F(Wrapper, SendMovedIntoACallbackIsAnsweredThere) {
  script.send = [](sdk::Host& host, Send&& send) {
    host.http({.method = "POST", .url = "http://provider/"},
              [send = std::move(send)](const HttpResponse& answer) mutable { send.accepted({answer.header("X-Id")}); });
  };
  started().send(1, "key", "{}");
  EXPECT_TRUE(host_.send_answers.empty());
  host_.answer(host_.open_http.front(), {.headers = "x-id: 7\r\n"});
  EXPECT_EQ(only_answer().provider_ids, R"(["7"])");
}

TEST_F(Wrapper, CallbackThatThrowsLeavesItsSendUnknown) {
  script.send = [](sdk::Host& host, Send&& send) {
    host.http({.url = "http://provider/"},
              [send = std::move(send)](const HttpResponse&) mutable { throw std::runtime_error("unexpected answer"); });
  };
  started().send(1, "key", "{}");
  host_.answer(host_.open_http.front(), {});
  EXPECT_EQ(only_answer().outcome, JF_OUTCOME_UNKNOWN);
  EXPECT_THAT(host_.log, ElementsAre(HasSubstr("unexpected answer")));
}

TEST_F(Wrapper, RefusedRequestAnswersItsCallbackAtOnce) {
  host_.busy_http = 1;
  script.send = [](sdk::Host& host, Send&& send) {
    host.http({.url = "http://provider/"}, [send = std::move(send)](const HttpResponse& answer) mutable {
      EXPECT_EQ(answer.status, JF_BUSY);
      send.unanswered(answer);
    });
  };
  started().send(1, "key", "{}");
  EXPECT_EQ(only_answer().outcome, JF_OUTCOME_RETRY);
}

TEST_F(Wrapper, StopAnswersSendsThatWaitAndThoseTheConnectorKeeps) {
  auto kept = std::make_shared<std::vector<Send>>();
  script.send = [kept](sdk::Host& host, Send&& send) {
    if (send.token() == 1) return kept->push_back(std::move(send));
    host.http({.url = "http://provider/"}, [send = std::move(send)](const HttpResponse&) mutable {});
  };
  script.stop = [kept](sdk::Host&) { kept->clear(); };
  started().send(1, "a", "{}");
  host_.send(2, "b", "{}");
  host_.stop();
  host_.check_end();
  EXPECT_EQ(host_.send_answers.size(), 2u);
  EXPECT_THAT(host_.violations, testing::IsEmpty());
}

TEST_F(Wrapper, FailedStartTellsItsStatusCodeAndText) {
  script.start = [](sdk::Host&) { throw sdk::Error(JF_CONFIG, "no_user", "imap.user is not set"); };
  EXPECT_EQ(host_.start(), JF_CONFIG);
  EXPECT_STREQ(host_.error().code, "no_user");
  EXPECT_STREQ(host_.error().message, "imap.user is not set");
  script.start = nullptr;
  EXPECT_EQ(host_.start(), JF_OK);
  EXPECT_EQ(host_.state, JF_STATE_READY);
}

TEST_F(Wrapper, ThrowingConstructorMakesNoInstance) {
  script.construct = [](sdk::Host&) { throw std::runtime_error(std::string(2000, 'x')); };
  EXPECT_EQ(host_.create(), JF_INTERNAL);
  EXPECT_EQ(std::string(host_.error().message).size(), sizeof(jf_error::message) - 1);
}

TEST_F(Wrapper, ForgottenOrThrowingWebhookIsAnswered500) {
  started().webhook({});
  script.webhook = [](sdk::Host&, Webhook&&) { throw std::runtime_error("bad"); };
  host_.webhook({});
  ASSERT_EQ(host_.webhook_answers.size(), 2u);
  EXPECT_EQ(host_.webhook_answers[0].http_status, 500u);
  EXPECT_EQ(host_.webhook_answers[1].http_status, 500u);
  EXPECT_THAT(host_.webhook_answers[1].body, testing::IsEmpty());
}

TEST_F(Wrapper, WebhookGivesHeadersAndDecodedParameters) {
  script.webhook = [](sdk::Host&, Webhook&& request) {
    EXPECT_EQ(request.header("X-Signature"), "abc");
    EXPECT_EQ(request.header("x-sig"), "");
    EXPECT_EQ(request.parameter("hub.challenge"), "1 2+3");
    EXPECT_EQ(request.parameter("flag"), "");
    EXPECT_EQ(request.parameter("none"), std::nullopt);
    request.reply(200, *request.parameter("hub.challenge"));
  };
  started().webhook(
      {.method = "GET", .query = "hub.challenge=1+2%2B3&flag", .headers = "host: x\r\nx-signature: abc\r\n"});
  EXPECT_EQ(host_.webhook_answers.at(0).body, "1 2+3");
}

TEST_F(Wrapper, WebhookWaitsForItsDeliveryAndBusyIs503) {
  script.webhook = [](sdk::Host&, Webhook&& request) { request.deliver_and_reply("[]"); };
  started().webhook({});
  host_.busy_deliveries = 1;
  host_.webhook({});
  host_.failing_deliveries = 1;
  host_.webhook({});
  std::vector<unsigned> statuses;
  for (const auto& answer : host_.webhook_answers) statuses.push_back(answer.http_status);
  EXPECT_THAT(statuses, ElementsAre(200, 503, 503));
}

TEST_F(Wrapper, DeliveryCallbackRunsOnceWithTheEnd) {
  std::vector<jf_status> ends;
  script.start = [&](sdk::Host& host) {
    for (int i = 0; i < 3; ++i) host.deliver("[]", {}, [&](jf_status status) { ends.push_back(status); });
  };
  host_.busy_deliveries = 1;
  host_.failing_deliveries = 1;
  started().settle();
  EXPECT_THAT(ends, ElementsAre(JF_BUSY, JF_INTERNAL, JF_OK));
}

TEST_F(Wrapper, KeyValueStateIsComparedAndSet) {
  std::vector<jf_status> ends;
  std::string read;
  script.start = [&](sdk::Host& host) {
    host.kv_cas("k", "", "v", [&](jf_status status) { ends.push_back(status); });
    host.kv_cas("k", "", "w", [&](jf_status status) { ends.push_back(status); });
    host.kv_get("k", [&](jf_status status, std::string_view value) {
      ends.push_back(status);
      read = value;
    });
  };
  started().settle();
  EXPECT_THAT(ends, ElementsAre(JF_OK, JF_CONFLICT, JF_OK));
  EXPECT_EQ(read, "v");
}

TEST_F(Wrapper, TimersFireInTheirOrderAndACancelledOneNever) {
  std::string fired;
  script.start = [&](sdk::Host& host) {
    host.after(20, [&] { fired += "b"; });
    host.after(10, [&] { fired += "a"; });
    host.cancel_timer(host.after(15, [&] { fired += "x"; }));
    host.durable_timer(7, host.now_ms() + 30, "payload");
  };
  script.timer = [&](sdk::Host&, std::uint64_t timer, std::string_view payload) {
    fired += std::to_string(timer) + std::string(payload);
  };
  started().advance(100);
  EXPECT_EQ(fired, "ab7payload");
}

TEST_F(Wrapper, OffloadedWorkThatThrowsEndsInternal) {
  std::vector<jf_status> ends;
  int worked = 0;
  script.start = [&](sdk::Host& host) {
    host.offload([&] { ++worked; }, [&](jf_status status) { ends.push_back(status); });
    host.offload([] { throw 1; }, [&](jf_status status) { ends.push_back(status); });
  };
  started().settle();
  EXPECT_EQ(worked, 1);
  EXPECT_THAT(ends, ElementsAre(JF_OK, JF_INTERNAL));
}

TEST_F(Wrapper, BlobIsReadWholeUpToItsLimit) {
  const std::string large(3'000'000, 'b');
  std::vector<std::pair<jf_status, std::size_t>> reads;
  script.start = [&](sdk::Host& host) {
    const std::string id = host.put_blob(large);
    const auto keep = [&](jf_status status, std::string bytes) { reads.emplace_back(status, bytes.size()); };
    host.read_blob(id, 3'000'000, keep);
    host.read_blob(id, 2'999'999, keep);
    host.read_blob("none", 10, keep);
  };
  started().settle();
  EXPECT_THAT(reads, testing::UnorderedElementsAre(std::pair(JF_OK, large.size()), std::pair(JF_INVALID, 0u),
                                                   std::pair(JF_NOT_FOUND, 0u)));
}

TEST_F(Wrapper, NotedIdsAreStoredBeforeTheyAreUsed) {
  script.send = [](sdk::Host&, Send&& send) {
    auto held = std::make_shared<Send>(std::move(send));
    held->note({"<1@x>"}, [held](jf_status status) {
      if (status == JF_OK) held->accepted({"<1@x>"});
    });
  };
  started().send(1, "key", "{}");
  EXPECT_THAT(host_.notes, ElementsAre(R"(["<1@x>"])"));
  EXPECT_TRUE(host_.send_answers.empty());
  host_.settle();
  EXPECT_EQ(only_answer().outcome, JF_OUTCOME_ACCEPTED);
}

TEST_F(Wrapper, SecretListGivesEveryValue) {
  FakeHost host(module_, {.secrets = {{"/app_secret", {"old", "new"}}}});
  script.start = [](sdk::Host& h) {
    EXPECT_THAT(h.secret("/app_secret"), ElementsAre("old", "new"));
    EXPECT_THAT(h.secret("/other"), testing::IsEmpty());
  };
  host.start();
}

TEST_F(Wrapper, ExtensionsAreThereOnlyWhenOverridden) {
  const jf_module fetching = sdk::module<Fetching>("{}");
  FakeHost with(fetching, {});
  with.start();
  EXPECT_TRUE(with.has_extension(JF_EXT_MEDIA));
  EXPECT_TRUE(with.has_extension(JF_EXT_REPLAY));
  EXPECT_TRUE(with.has_extension(JF_EXT_STREAM));
  EXPECT_FALSE(started().has_extension(JF_EXT_MEDIA));
  EXPECT_FALSE(host_.has_extension(JF_EXT_REPLAY));
}

TEST_F(Wrapper, ForgottenOrThrowingFetchIsRetried) {
  const jf_module fetching = sdk::module<Fetching>("{}");
  FakeHost host(fetching, {});
  host.start();
  host.fetch(1, "put");
  host.fetch(2, "forget");
  host.fetch(3, "throw");
  ASSERT_EQ(host.fetch_answers.size(), 3u);
  EXPECT_EQ(host.fetch_answers[0].outcome, JF_OUTCOME_ACCEPTED);
  EXPECT_EQ(host.fetch_answers[0].blob, sha256_hex("bytes"));
  EXPECT_EQ(host.fetch_answers[1].outcome, JF_OUTCOME_RETRY);
  EXPECT_EQ(host.fetch_answers[2].outcome, JF_OUTCOME_RETRY);
}

TEST_F(Wrapper, ReplayThatThrowsIsUnsupported) {
  const jf_module fetching = sdk::module<Fetching>("{}");
  FakeHost host(fetching, {});
  host.start();
  std::string events;
  EXPECT_EQ(host.replay("throw", events), JF_UNSUPPORTED);
  EXPECT_EQ(host.replay("other", events), JF_UNSUPPORTED);
  EXPECT_EQ(host.replay("[]", events), JF_OK);
  EXPECT_EQ(events, "[]");
}

TEST_F(Wrapper, SignalsAndPreviewsAreThereForWhoOverridesThem) {
  std::string told;
  EXPECT_EQ(started().signal("read"), JF_UNSUPPORTED);
  EXPECT_EQ(host_.preview("{}", told), JF_UNSUPPORTED);
  const jf_module fetching = sdk::module<Fetching>("{}");
  FakeHost host(fetching, {});
  host.start();
  EXPECT_EQ(host.signal("read"), JF_OK);
  EXPECT_EQ(host.signal("typing"), JF_UNSUPPORTED);
  EXPECT_EQ(host.signal("throw"), JF_UNSUPPORTED);
  EXPECT_EQ(host.preview("{}", told), JF_OK);
  EXPECT_EQ(told, R"({"sendable":true})");
  EXPECT_EQ(host.preview("throw", told), JF_UNSUPPORTED);
  EXPECT_THAT(host.violations, testing::IsEmpty());
  host.preview("call", told);
  EXPECT_THAT(host.violations, testing::ElementsAre("preview called the host"));
}

TEST_F(Wrapper, EveryShortcutThroughLifeIsSafe) {
  { FakeHost never(module_, {}); }
  {
    FakeHost created(module_, {});
    created.create();
    created.stop();
  }
  {
    FakeHost destroyed(module_, {});
    destroyed.start();
    destroyed.destroy();
  }
}

TEST(HttpResponse, RetryAfterIsSecondsOrADate) {
  HttpResponse answer;
  answer.headers = "Retry-After: 12\r\n";
  EXPECT_EQ(answer.retry_after_ms(0), 12'000u);
  answer.headers = "retry-after: Thu, 01 Jan 2026 00:01:00 GMT\r\n";
  EXPECT_EQ(answer.retry_after_ms(1'767'225'600'000), 60'000u);
  EXPECT_EQ(answer.retry_after_ms(1'767'225'700'000), 0u);
  answer.headers = "";
  EXPECT_EQ(answer.retry_after_ms(0), 0u);
}

TEST(Headers, ValueCannotSmuggleALine) {
  EXPECT_EQ(std::string_view(sdk::Headers().add("a", "b\r\nx: y")), "a: b\r\n");
}

void refuse_port(std::string_view settings, sdk::Problems& problems) {
  if (settings == "throw") throw std::runtime_error("odd");
  if (settings != "{}") problems.add("/port", "must be \"even\"", "try 26");
}

TEST(Validate, ProblemsComeAsJson) {
  constexpr jf_module module = sdk::module<Scripted, refuse_port>("{}");
  std::string told;
  const auto sink = [](void* out, jf_str bytes) { static_cast<std::string*>(out)->append(bytes.data, bytes.len); };
  EXPECT_EQ(module.validate(sdk::str("{}"), sink, &told), JF_OK);
  EXPECT_EQ(module.validate(sdk::str("{\"port\": 25}"), sink, &told), JF_CONFIG);
  EXPECT_EQ(told, R"({"pointer":"/port","message":"must be \"even\"","help":"try 26"})");
  EXPECT_EQ(module.validate(sdk::str("throw"), sink, &told), JF_CONFIG);
}

}  // namespace
}  // namespace jackfield::testkit
