#include "outbound/deliverer.hpp"

#include <algorithm>

#include "net/http_server.hpp"
#include "net/io.hpp"
#include "outbound/signature.hpp"
#include "store/store_fixture.hpp"

namespace jackfield::outbound {
namespace {

using store::WebhookEventState;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kSecret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

// Somebody's receiver: keeps what comes and answers as the test says.
class Receiver {
 public:
  Receiver() : server_(io_, {}, [this](auto request, auto responder) { take(std::move(request), responder); }) {
    url = "http://" + server_.listen("127.0.0.1:0").value() + "/hook";
    io_.start();
  }
  ~Receiver() {
    server_.stop();
    io_.stop();
  }
  // By body; what is not named is 200.
  void answer(const std::string& body, int status) {
    std::lock_guard lock(mutex_);
    answers_[body] = status;
  }
  std::vector<net::HttpRequest> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20), [&] { return got_.size() >= count; })) << got_.size();
    return got_;
  }
  std::vector<std::string> bodies(std::size_t count) {
    std::vector<std::string> out;
    for (const auto& request : wait_for(count)) out.push_back(request.body);
    return out;
  }

  std::string url;

 private:
  void take(net::HttpRequest request, const std::shared_ptr<net::Responder>& responder) {
    std::lock_guard lock(mutex_);
    const auto at = answers_.find(request.body);
    const int status = at == answers_.end() ? 200 : at->second;
    responder->respond({.status = status});
    got_.push_back(std::move(request));
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, int> answers_;
  std::vector<net::HttpRequest> got_;
  net::IoContext io_{1};
  net::HttpServer server_;
};

class DelivererTest : public store::OpenStore {
 protected:
  void TearDown() override {
    deliverer.reset();
    OpenStore::TearDown();
  }

  void subscribe(bool fixed = true, std::vector<EventType> types = {}) {
    ASSERT_TRUE(run([&](store::Unit& unit) {
      store::Webhook webhook;
      webhook.id = Id{10};
      webhook.name = "crm";
      webhook.url = receiver.url;
      webhook.secret = kSecret;
      webhook.types = std::move(types);
      webhook.fixed = fixed;
      unit.add(webhook);
    }));
  }
  void start() {
    DelivererPorts ports{*store, *committer, clock, random, [](const store::EventView& view) {
                           return "event " + std::to_string(view.event.cursor) + " of " +
                                  std::to_string(view.event.conversation.value);
                         }};
    deliverer = std::move(*Deliverer::open(std::move(ports)));
  }
  // Events of these conversations, in this order.
  void happen(const std::vector<int>& conversations) {
    ASSERT_TRUE(run([&](store::Unit& unit) {
      for (const int conversation : conversations)
        unit.add(event(EventType::conversation_updated, {}, Id{conversation}));
    }));
    if (deliverer) deliverer->committed(reader->last_cursor().value());
  }
  void pass(Millis time) {
    clock.advance(time);
    deliverer->committed(0);  // looks at the clock
  }
  void until(const std::function<bool()>& condition) {
    for (int i = 0; i < 2000; ++i) {
      if (condition()) return;
      std::this_thread::sleep_for(Millis{10});
    }
    FAIL() << "waited in vain";
  }
  std::vector<store::WebhookEvent> rows(WebhookEventState state) {
    return reader->webhook_events(Id{10}, state, {}).value().items;
  }

  Receiver receiver;
  SeededRandom random{1};
  std::unique_ptr<Deliverer> deliverer;
};

TEST_F(DelivererTest, PostsEveryEventSignedAndMovesTheCursor) {
  subscribe();
  happen({1});
  start();
  happen({1, 1});
  const auto got = receiver.wait_for(3);
  EXPECT_THAT(receiver.bodies(3), ElementsAre("event 1 of 1", "event 2 of 1", "event 3 of 1"));
  const auto& first = got[0];
  EXPECT_EQ(first.method, "POST");
  EXPECT_EQ(first.header("content-type"), "application/cloudevents+json; charset=utf-8");
  EXPECT_EQ(first.header("webhook-id"), "msg_" + to_string(Id{10}) + "_0000000000000001");
  EXPECT_EQ(first.header("webhook-timestamp"), std::to_string(to_ms(clock.now()) / 1000));
  EXPECT_EQ(first.header("webhook-signature"),
            sign(*key_of(kSecret), first.header("webhook-id"), to_ms(clock.now()) / 1000, first.body));
  until([&] { return reader->webhooks().value()[0].cursor == 3; });
  EXPECT_THAT(rows(WebhookEventState::waiting), IsEmpty());
}

TEST_F(DelivererTest, PostsTheTypesAskedForOnly) {
  subscribe(true, {EventType::channel_state});
  start();
  happen({1, 1});
  ASSERT_TRUE(run([&](store::Unit& unit) { unit.add(event(EventType::channel_state)); }));
  deliverer->committed(3);
  EXPECT_THAT(receiver.bodies(1), ElementsAre("event 3 of 0"));
  until([&] { return reader->webhooks().value()[0].cursor == 3; });
}

TEST_F(DelivererTest, WhatFailsHoldsItsConversationOnlyAndIsTriedAgain) {
  subscribe();
  receiver.answer("event 1 of 1", 500);
  start();
  happen({1, 1, 2});
  EXPECT_THAT(receiver.bodies(2), testing::UnorderedElementsAre("event 1 of 1", "event 3 of 2"));
  until([&] { return rows(WebhookEventState::waiting).size() == 2; });
  EXPECT_EQ(rows(WebhookEventState::waiting)[0].error, "it answered 500");
  EXPECT_EQ(deliverer->figures(Id{10}).last_error, "it answered 500");
  EXPECT_EQ(deliverer->figures(Id{10}).failures, 1u);
  receiver.answer("event 1 of 1", 204);
  pass(Millis{1000});
  auto got = receiver.bodies(4);
  EXPECT_THAT(std::vector(got.begin() + 2, got.end()), ElementsAre("event 1 of 1", "event 2 of 1"));
  until([&] { return rows(WebhookEventState::waiting).empty(); });
}

TEST_F(DelivererTest, ARestartGoesOnWhereItWas) {
  subscribe();
  receiver.answer("event 1 of 1", 500);
  start();
  happen({1, 1, 2});
  receiver.wait_for(2);
  until([&] { return rows(WebhookEventState::waiting).size() == 2 && reader->webhooks().value()[0].cursor == 3; });
  deliverer.reset();
  happen({1, 3});
  receiver.answer("event 1 of 1", 200);
  clock.advance(Millis{1000});
  start();
  auto got = receiver.bodies(6);
  std::erase(got, "event 3 of 2");
  std::erase(got, "event 5 of 3");
  EXPECT_THAT(got, ElementsAre("event 1 of 1", "event 1 of 1", "event 2 of 1", "event 4 of 1"));
}

TEST_F(DelivererTest, AfterADayItIsADeadLetterThatCanBeSentAgain) {
  subscribe();
  receiver.answer("event 1 of 1", 404);
  start();
  happen({1, 1});
  receiver.wait_for(1);
  until([&] { return rows(WebhookEventState::waiting).size() == 2; });
  pass(std::chrono::hours{24});
  EXPECT_THAT(receiver.bodies(3), ElementsAre("event 1 of 1", "event 1 of 1", "event 2 of 1"));
  until([&] { return rows(WebhookEventState::dead).size() == 1 && rows(WebhookEventState::waiting).empty(); });
  auto letter = rows(WebhookEventState::dead)[0];
  EXPECT_EQ(letter.attempts, 2);
  EXPECT_EQ(letter.error, "it answered 404");

  receiver.answer("event 1 of 1", 200);
  letter.state = WebhookEventState::waiting;
  letter.attempts = 0;
  letter.next_at = clock.now();
  ASSERT_TRUE(run([&](store::Unit& unit) { unit.put(letter); }));
  deliverer->send_again(letter);
  EXPECT_EQ(receiver.bodies(4).back(), "event 1 of 1");
  until([&] { return rows(WebhookEventState::dead).empty() && rows(WebhookEventState::waiting).empty(); });
}

TEST_F(DelivererTest, AReceiverThatIsGoneIsDisabledAndGoesOnWhenItIsEnabledAgain) {
  subscribe();
  receiver.answer("event 1 of 1", 410);
  start();
  happen({1});
  until([&] { return !reader->webhooks().value()[0].enabled; });
  EXPECT_EQ(reader->webhooks().value()[0].reason, "it answered 410 Gone");
  happen({2});
  pass(std::chrono::hours{1});
  receiver.answer("event 1 of 1", 200);
  ASSERT_TRUE(run([](store::Unit& unit) {
    auto* webhook = unit.webhook(Id{10});
    webhook->enabled = true;
    unit.changed(*webhook);
  }));
  deliverer->refresh();
  EXPECT_THAT(receiver.bodies(3), testing::UnorderedElementsAre("event 1 of 1", "event 1 of 1", "event 2 of 2"));
}

TEST_F(DelivererTest, AnAddressGivenOverTheApiMustNotBePrivate) {
  subscribe(false);
  start();
  happen({1});
  until([&] { return rows(WebhookEventState::waiting).size() == 1; });
  EXPECT_THAT(rows(WebhookEventState::waiting)[0].error, testing::HasSubstr("private"));
}

}  // namespace
}  // namespace jackfield::outbound
