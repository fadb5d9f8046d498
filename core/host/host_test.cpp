#include "host/host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "host/fake_ports_test.hpp"
#include "net/http_server.hpp"

namespace jackfield::host {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Every case holds for a connector in this process and for one in a process of its own.
class EveryHost : public HostTest, public testing::WithParamInterface<Isolation> {
 protected:
  EveryHost() { isolation_ = GetParam(); }
};
INSTANTIATE_TEST_SUITE_P(Isolation, EveryHost, testing::Values(Isolation::none, Isolation::process),
                         [](const auto& mode) { return mode.param == Isolation::none ? "none" : "process"; });

// ------------------------------------------------------------- webhooks

TEST_P(EveryHost, ConnectorSeesSettingsWithDefaultsAndWithoutSecrets) {
  start_probe({{"account", "42"}, {"token", "s3cret-token"}, {"keys", {"first-key", "second-key"}}});
  EXPECT_EQ(posted("settings").body, R"({"account":"42","mode":"good","count":7})");
  EXPECT_EQ(posted("secret /token").body, "0 s3cret-token;");
  EXPECT_EQ(posted("secret /keys").body, "0 first-key;second-key;");
  EXPECT_EQ(posted("secret /account").body, "4 ");
}

TEST_P(EveryHost, RequestReachesTheConnectorWhole) {
  start_probe();
  std::optional<WebhookReply> reply;
  host_->webhook("probe", {"POST", "/webhook", "a=b", "echo", "", "", {{"x-one", "1"}}},
                 [&](WebhookReply r) { board_.change([&] { reply = std::move(r); }); });
  ASSERT_TRUE(board_.await([&] { return reply.has_value(); }));
  EXPECT_EQ(reply->body, "POST a=b x-one: 1\r\n");
}

TEST_P(EveryHost, UnknownRoutesAreRefusedByTheHost) {
  start_probe();
  const auto status = [&](const std::string& channel, const std::string& method, const std::string& path,
                          std::size_t size) {
    WebhookReply got;
    host_->webhook(channel, {method, path, "", std::string(size, 'x'), "", "", {}},
                   [&](WebhookReply r) { got = std::move(r); });
    return std::to_string(got.status) + got.allow;
  };
  EXPECT_EQ(status("nobody", "POST", "/webhook", 0), "404");
  EXPECT_EQ(status("probe", "POST", "/elsewhere", 0), "404");
  EXPECT_EQ(status("probe", "DELETE", "/webhook", 0), "405GET, POST");
  EXPECT_EQ(status("probe", "POST", "/webhook", 1001), "413");
  EXPECT_EQ(host_->webhook_limit("probe", "/webhook"), 4u * 1024 * 1024);
  EXPECT_EQ(host_->webhook_limit("probe", "/elsewhere"), 0u);
}

TEST_P(EveryHost, SuccessIsHeldUntilTheDeliveryIsDurable) {
  start_probe();
  flow_.mode = FakeFlow::Mode::hold;
  const auto reply = post("deliver {}");
  ASSERT_TRUE(board_.await([&] { return flow_.held.size() == 1; }));
  // Another request passes through the strand after it, so the connector has answered by then.
  EXPECT_EQ(posted("settings").status, 200);
  EXPECT_FALSE(board_.read([&] { return reply->has_value(); }));
  flow_.held[0]({});
  ASSERT_TRUE(board_.await([&] { return reply->has_value(); }));
  EXPECT_EQ((*reply)->status, 200);
  EXPECT_EQ(host_->channel("probe")->delivered, 1u);
}

TEST_P(EveryHost, SuccessTurnsInto503WhenTheDeliveryFails) {
  start_probe();
  flow_.mode = FakeFlow::Mode::fail;
  const auto reply = posted("deliver {}");
  EXPECT_EQ(reply.status, 503);
  EXPECT_TRUE(reply.retry_after);
}

TEST_P(EveryHost, SuccessTurnsInto503WhenTheDeliveryWasRefusedAsBusy) {
  start_probe();
  flow_.mode = FakeFlow::Mode::busy;
  EXPECT_EQ(posted("deliver {}").status, 503);
}

TEST_P(EveryHost, WhatIsNoJsonIsRefusedAtOnce) {
  start_probe();
  flow_.mode = FakeFlow::Mode::invalid;
  EXPECT_EQ(posted("deliver {").body, "2");
}

TEST_P(EveryHost, RefusalOfTheConnectorWaitsForNothing) {
  start_probe();
  flow_.mode = FakeFlow::Mode::hold;
  EXPECT_EQ(posted("deny").status, 401);
  board_.read([&] { return flow_.held; })[0](fail(Errc::unavailable, ""));
}

TEST_P(EveryHost, ConnectorLearnsHowItsDeliveryEnded) {
  start_probe();
  EXPECT_EQ(posted("acknowledged {}").body, "delivered 0");
  flow_.mode = FakeFlow::Mode::fail;
  EXPECT_EQ(posted("acknowledged {}").body, "delivered 9");  // JF_INTERNAL: the store is in trouble
  EXPECT_EQ(posted("huge").body, "2");
}

TEST_P(EveryHost, WebhookAnsweredTwiceCountsAgainstTheConnector) {
  start_probe();
  EXPECT_EQ(posted("twice").body, "first");
  EXPECT_EQ(posted("settings").status, 200);
  EXPECT_EQ(breaks(), 1u);
  EXPECT_THAT(host_->channel("probe")->last_error, HasSubstr("the connector probe breaks its contract: webhook_reply"));
}

TEST_P(EveryHost, WebhookNeverAnsweredGets503) {
  limits_.webhook_timeout = Millis{20};
  start_probe();
  EXPECT_EQ(posted("never").status, 503);
  ASSERT_TRUE(board_.await([&] { return breaks() == 1; }));
}

TEST_P(EveryHost, OpenWebhooksAreBounded) {
  start_probe();
  std::vector<std::shared_ptr<std::optional<WebhookReply>>> open;
  for (int i = 0; i < 512; ++i) open.push_back(post("never"));
  EXPECT_EQ(posted("settings").status, 503);
  host_->stop(Millis{0});
  for (const auto& reply : open)
    ASSERT_TRUE(board_.read([&] { return reply->has_value() && (*reply)->status == 503; }));
}

// ---------------------------------------------------------------- sends

TEST_P(EveryHost, AcceptedSendBringsItsIds) {
  start_probe();
  const auto result = sent(1, "hello");
  EXPECT_EQ(result.outcome, Outcome::accepted);
  EXPECT_THAT(result.provider_ids, ElementsAre("id-1"));
  EXPECT_EQ(result.error_class, "");
  EXPECT_EQ(sent(2, "reject").error_class, "recipient");
}

TEST_P(EveryHost, BusyAndRefusedSendsAreTriedAgain) {
  start_probe();
  const auto busy = sent(1, "busy");
  EXPECT_EQ(busy.outcome, Outcome::retry);
  EXPECT_TRUE(busy.busy);
  const auto refused = sent(2, "refuse");
  EXPECT_EQ(refused.outcome, Outcome::retry);
  EXPECT_FALSE(refused.busy);
}

TEST_P(EveryHost, SecondAndUnknownAnswersAreCountedAndDropped) {
  start_probe();
  sent(1, "twice");
  sent(2, "unknown token");
  sent(3, "answers and refuses");
  sent(4, "hello");
  EXPECT_EQ(breaks(), 3u);
  EXPECT_THAT(board_.read([&] { return flow_.results; }), testing::Each(testing::Pair(testing::_, testing::SizeIs(1))));
}

TEST_P(EveryHost, ProviderIdsThatCannotBeReadAreLeftOutAndCounted) {
  start_probe();
  const auto result = sent(1, "bad ids");
  EXPECT_EQ(result.outcome, Outcome::accepted);
  EXPECT_TRUE(result.provider_ids.empty());
  EXPECT_EQ(breaks(), 1u);
}

TEST_P(EveryHost, SendNeverAnsweredIsUnknownAfterTheGrace) {
  start_probe();
  auto never = request(1, "never");
  never.timeout = Millis{20};
  host_->send("probe", never);
  ASSERT_TRUE(board_.await([&] { return !flow_.results[1].empty(); }));
  EXPECT_EQ(flow_.results[1][0].outcome, Outcome::unknown);
  ASSERT_TRUE(board_.await([&] { return breaks() == 1; }));
}

TEST_P(EveryHost, LateAnswerIsDropped) {
  limits_.send_grace = Millis{10};
  start_probe();
  auto late = request(1, "later");
  late.timeout = Millis{1};
  host_->send("probe", late);
  ASSERT_TRUE(board_.await([&] { return !flow_.results[1].empty(); }));
  EXPECT_EQ(flow_.results[1][0].outcome, Outcome::cancelled);  // it answers a cancel at once
  posted("later_done");
  posted("settings");
  EXPECT_EQ(breaks(), 1u);
  EXPECT_EQ(flow_.results[1].size(), 1u);
}

TEST_P(EveryHost, CancelReachesTheConnector) {
  start_probe();
  host_->send("probe", request(1, "on cancel"));
  host_->cancel("probe", 1);
  ASSERT_TRUE(board_.await([&] { return !flow_.results[1].empty(); }));
  EXPECT_EQ(flow_.results[1][0].outcome, Outcome::cancelled);
}

TEST_P(EveryHost, ChannelThatIsNotStartedRefusesSendsWithAWait) {
  start({channel("probe", "probe", {{"mode", "start_fails"}})});
  ASSERT_TRUE(await_state("probe failed start: no route to the provider"));
  const auto result = sent(1, "hello");
  EXPECT_TRUE(result.busy);
  EXPECT_EQ(result.error_class, "unavailable");
  EXPECT_EQ(result.scope, WaitScope::channel);
  EXPECT_GT(result.retry_after.count(), 0);
  EXPECT_EQ(posted("settings").status, 200) << "webhooks work meanwhile";
}

TEST_P(EveryHost, SlowCallbackIsCounted) {
  start_probe();
  sent(1, "slow");
  posted("settings");
  EXPECT_GE(host_->channel("probe")->slow_callbacks, 1u);
}

// ----------------------------------------------------------------- life

TEST_P(EveryHost, StartIsTriedAgainUntilItWorks) {
  start({channel("probe", "probe", {{"mode", "start_fails_once"}})});
  ASSERT_TRUE(await_state("probe failed start: no route to the provider"));
  ASSERT_TRUE(await_state("probe ready "));
  EXPECT_EQ(sent(1, "hello").outcome, Outcome::accepted);
}

TEST_P(EveryHost, ConnectorThatFailsLaterIsStartedAgainAndItsSendsAreUnknown) {
  start_probe();
  host_->send("probe", request(1, "never"));
  host_->send("probe", request(2, "fail"));
  ASSERT_TRUE(await_state("probe failed lost the provider"));
  ASSERT_TRUE(board_.await([&] { return std::count(flow_.states.begin(), flow_.states.end(), "probe ready ") == 2; }));
  ASSERT_TRUE(board_.await([&] { return !flow_.results[1].empty() && !flow_.results[2].empty(); }));
  EXPECT_EQ(flow_.results[1][0].outcome, Outcome::unknown);
  EXPECT_EQ(flow_.results[2][0].outcome, Outcome::unknown);
}

TEST_P(EveryHost, BadChannelsAreNamedAndTheGoodOneGoesOn) {
  start({channel("crashing", "crashes"), channel("thrower", "throwing", {{"where", "start"}}),
         channel("short", "short_table"), channel("paperless", "probe", {{"mode", "create_fails"}}),
         channel("probe", "probe")});
  ASSERT_TRUE(await_state("probe ready "));
  ASSERT_TRUE(board_.await([&] { return host_->tried_all(); }));
  EXPECT_THAT(host_->channel("crashing")->detail, HasSubstr("crashes while it is loaded"));
  EXPECT_THAT(host_->channel("thrower")->detail, HasSubstr("start broke off with an exception"));
  EXPECT_THAT(host_->channel("short")->detail, HasSubstr("truncated"));
  EXPECT_THAT(host_->channel("paperless")->detail, HasSubstr("out of paper"));
  EXPECT_EQ(posted("settings", "paperless").status, 503);
  EXPECT_EQ(host_->channels().size(), 5u);
  EXPECT_EQ(sent(1, "hello").outcome, Outcome::accepted);
}

TEST_P(EveryHost, ExceptionThatLeavesACallbackIsCaughtAndCounted) {
  start({channel("thrower", "throwing")});
  EXPECT_TRUE(board_.await([&] { return host_->tried_all(); }));
  EXPECT_EQ(posted("x", "thrower").status, 503);
  EXPECT_EQ(sent(1, "x", "thrower").outcome, Outcome::unknown);
  EXPECT_EQ(breaks("thrower"), 2u);
  EXPECT_THAT(host_->channel("thrower")->last_error, HasSubstr("an exception left send: send fell over"));
  host_->stop(Millis{10});
  EXPECT_EQ(breaks("thrower"), 4u);
}

TEST_P(EveryHost, DrainLetsOpenSendsFinish) {
  start_probe();
  host_->send("probe", request(1, "later"));
  host_->stop(Millis{5000});
  ASSERT_EQ(flow_.results[1].size(), 1u);
  EXPECT_EQ(flow_.results[1][0].outcome, Outcome::accepted);
  EXPECT_EQ(post("settings")->value_or(WebhookReply{}).status, 503);
}

TEST_P(EveryHost, StopAnswersWhatIsOpenAndIsSafeTwice) {
  start_probe();
  host_->send("probe", request(1, "never"));
  const auto reply = post("never");
  host_->stop(Millis{10});
  host_->stop(Millis{10});
  ASSERT_EQ(flow_.results[1].size(), 1u);
  EXPECT_EQ(flow_.results[1][0].outcome, Outcome::unknown);
  EXPECT_EQ(reply->value_or(WebhookReply{}).status, 503);
  EXPECT_TRUE(sent(2, "hello").busy);
}

TEST_P(EveryHost, SiblingIsFoundByItsAccount) {
  start({channel("one", "probe", {{"account", "1"}}), channel("two", "probe", {{"account", "2"}}),
         channel("odd", "throwing")});
  EXPECT_EQ(host_->sibling("one", "2"), "two");
  EXPECT_EQ(host_->sibling("one", "3"), "");
  EXPECT_EQ(host_->sibling("odd", "2"), "");
}

// ------------------------------------------------------------- services

TEST_P(EveryHost, KeyValueStateCompletesWithValueOrStatus) {
  start_probe();
  EXPECT_EQ(posted("kv_get key").body, "complete 4 ");
  EXPECT_EQ(posted("kv_set one").body, "complete 0 ");
  EXPECT_EQ(posted("kv_set two").body, "complete 10 ");
  EXPECT_EQ(posted("kv_get key").body, "complete 0 one");
  EXPECT_EQ(posted("same_op").body, "2");
}

TEST_P(EveryHost, TimersFire) {
  start_probe();
  EXPECT_EQ(posted("timer tick").body, "timer tick");
  EXPECT_EQ(board_.read([&] { return flow_.timers_done.size(); }), 0u);
}

TEST_P(EveryHost, DurableTimersAreTheFlowsAndComeBackThroughTheHost) {
  start_probe();
  const auto reply = post("durable tock");
  ASSERT_TRUE(board_.await([&] { return flow_.timers.size() == 1; }));
  const auto timer = flow_.timers.begin()->first;
  host_->timer("probe", timer, "tock");
  ASSERT_TRUE(board_.await([&] { return reply->has_value(); }));
  EXPECT_EQ((*reply)->body, "timer tock");
  ASSERT_TRUE(board_.await([&] { return !flow_.timers_done.empty(); }));
  EXPECT_EQ(flow_.timers_done, std::vector{timer});
}

TEST_P(EveryHost, DurableTimerOfAChannelThatIsDownComesAgain) {
  start({channel("probe", "probe", {{"mode", "create_fails"}})});
  ASSERT_TRUE(board_.await([&] { return host_->tried_all(); }));
  host_->timer("probe", 5, "later");
  ASSERT_TRUE(board_.await([&] { return flow_.timers.count(5) == 1; }));
}

TEST_P(EveryHost, OffloadedWorkCompletesOnTheStrand) {
  start_probe();
  EXPECT_EQ(posted("offload").body, "complete 0 ");
}

TEST_P(EveryHost, BlobsAreStoredAndRead) {
  start_probe();
  EXPECT_EQ(posted("blob abcdefgh").body, "complete 0 abcd");
}

TEST_P(EveryHost, MetricsAreCountedAndBadNamesRefused) {
  start_probe();
  posted("metric");
  posted("metric");
  EXPECT_THAT(host_->channel("probe")->metrics, ElementsAre(testing::Pair("seen", 4.0)));
  EXPECT_EQ(breaks(), 2u);
}

TEST_P(EveryHost, MisuseOfTheHostIsRefusedAndCounted) {
  start_probe();
  EXPECT_EQ(posted("misuse").body, "2");
  EXPECT_EQ(breaks(), 2u);
}

TEST_P(EveryHost, HttpAnswersComeBackAndTheGuardKnowsTheApiUrl) {
  net::HttpServer server(io_, {}, [](net::HttpRequest request, std::shared_ptr<net::Responder> responder) {
    net::HttpResponse response;
    response.status = request.path == "/missing" ? 404 : 200;
    response.body = "served";
    responder->respond(std::move(response));
  });
  const auto address = server.listen("127.0.0.1:0");
  ASSERT_TRUE(address);
  const std::string url = "http://" + *address;
  start_probe({{"api_url", url}});
  EXPECT_EQ(posted("http " + url + "/").body, "http 2 200 0 served");
  EXPECT_EQ(posted("http " + url + "/missing").body, "http 2 404 0 served");
  EXPECT_EQ(posted("http_blob " + url + "/").body, "http 2 200 0 " + sha256_hex("served"));
  EXPECT_EQ(posted("http_outside " + url + "/").body, "http 2 200 0 served");
  EXPECT_EQ(posted("http_outside http://127.0.0.1:1/").body, "http 0 0 8 ");
  server.stop();
}

TEST_P(EveryHost, StreamsCarryBytesBothWays) {
  start_probe();
  const auto address = posted("listen").body;
  ASSERT_THAT(address, HasSubstr("127.0.0.1:"));
  EXPECT_EQ(posted("connect " + address.substr(address.rfind(':') + 1)).body, "pong");
}

TEST_P(EveryHost, MediaIsFetchedOnce) {
  start_probe();
  host_->fetch_media("probe", 1, "yes");
  host_->fetch_media("probe", 2, "no");
  host_->fetch_media("probe", 3, "twice");
  ASSERT_TRUE(board_.await([&] { return flow_.fetched.size() == 3 && breaks() == 1; }));
  EXPECT_EQ(flow_.fetched[1][0].blob, "abc");
  EXPECT_EQ(flow_.fetched[2][0].outcome, Outcome::rejected);
  EXPECT_EQ(flow_.fetched[3].size(), 1u);
}

TEST_P(EveryHost, UndecodableInputIsDecodedAgain) {
  start_probe();
  std::optional<Result<std::string>> good, bad;
  host_->replay("probe", "{}", [&](Result<std::string> r) { board_.change([&] { good = std::move(r); }); });
  host_->replay("probe", "garbage", [&](Result<std::string> r) { board_.change([&] { bad = std::move(r); }); });
  ASSERT_TRUE(board_.await([&] { return good && bad; }));
  EXPECT_EQ(**good, "[{}]");
  EXPECT_EQ(bad->error().code, Errc::conflict);
}

TEST_P(EveryHost, SignsAndPreviewsReachTheConnectorAndItsAnswersComeBack) {
  start_probe();
  std::optional<Result<void>> typing, read;
  std::optional<Result<std::string>> told, untold;
  host_->signal("probe", R"({"what":"typing"})", [&](Result<void> r) { board_.change([&] { typing = std::move(r); }); });
  host_->signal("probe", R"({"what":"read"})", [&](Result<void> r) { board_.change([&] { read = std::move(r); }); });
  host_->preview("probe", "{}", [&](Result<std::string> r) { board_.change([&] { told = std::move(r); }); });
  host_->preview("probe", "garbage", [&](Result<std::string> r) { board_.change([&] { untold = std::move(r); }); });
  ASSERT_TRUE(board_.await([&] { return typing && read && told && untold; }));
  EXPECT_TRUE(*typing) << typing->error().message;
  EXPECT_EQ(read->error().code, Errc::conflict);
  EXPECT_EQ(**told, "{}");
  EXPECT_EQ(untold->error().code, Errc::conflict);
  std::optional<Result<void>> nobody;
  host_->signal("nobody", "{}", [&](Result<void> r) { board_.change([&] { nobody = std::move(r); }); });
  EXPECT_EQ(nobody->error().code, Errc::not_found);
}

// ---------------------------------------------------------- concurrency

TEST_P(EveryHost, ManyThreadsAtOnceLeaveNothingUnanswered) {
  start({channel("one", "probe", {{"account", "1"}}), channel("two", "probe", {{"account", "2"}})});
  ASSERT_TRUE(await_state("one ready "));
  ASSERT_TRUE(await_state("two ready "));
  constexpr int kThreads = 3, kEach = 150;
  std::atomic<int> replies{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const std::string name = i % 2 ? "one" : "two";
        const char* body[] = {"deliver {}", "offload", "timer x", "kv_get key", "blob abcdefgh"};
        host_->webhook(name, {"POST", "/webhook", "", body[i % 5], "", "", {}}, [&](WebhookReply) { ++replies; });
        host_->send(name, request(static_cast<std::uint64_t>(t * kEach + i + 1), i % 3 ? "hello" : "later"));
        host_->channels();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  host_->stop(Millis{5000});
  EXPECT_EQ(replies, kThreads * kEach);
  EXPECT_EQ(flow_.results.size(), static_cast<std::size_t>(kThreads * kEach));
  for (const auto& [token, results] : flow_.results) EXPECT_EQ(results.size(), 1u) << token;
}

}  // namespace
}  // namespace jackfield::host
