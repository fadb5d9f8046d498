#include <future>

#include "flow/flow_fixture.hpp"

namespace jackfield::flow {
namespace {

class Outbound : public FlowTest {
 protected:
  // A conversation to reply into.
  Id conversation_with(const std::string& from, const std::string& channel = "wa") {
    EXPECT_TRUE(deliver(channel, text("in-" + channel + from, from, "hello")));
    for (const auto& view : conversations())
      if (view.conversation.channels.front().address == "whatsapp:" + from) return view.conversation.id;
    ADD_FAILURE() << "no conversation with " << from;
    return Id{};
  }
};

TEST_F(Outbound, ReplyLeavesOnTheChannelOfTheLastInboundAndItsReceiptsMoveTheStatus) {
  const Id id = reply(conversation_with("336"), "answer").value();
  const auto sent = host->nth_send(0);
  EXPECT_EQ(sent.channel, "wa");
  EXPECT_EQ(sent.message.at("to").at(0).at("address"), "whatsapp:336");
  EXPECT_EQ(sent.message.at("text"), "answer");
  outcome(sent, host::Outcome::accepted, {"p1", "p2"});
  until_status(id, "accepted");
  ASSERT_TRUE(deliver("wa", receipt("p2", "delivered")));
  EXPECT_EQ(status(id), "delivered");
  ASSERT_TRUE(deliver("wa", receipt("p1", "sent")));
  EXPECT_EQ(status(id), "delivered") << "a status only moves forward";
  ASSERT_TRUE(deliver("wa", receipt("p1", "read")));
  EXPECT_EQ(status(id), "read");
  EXPECT_EQ(message(id).at("provider_ids").as_array().size(), 2u);
}

TEST_F(Outbound, ReceiptThatComesBeforeTheSendIsAcknowledgedIsKeptAndApplied) {
  const Id id = reply(conversation_with("336"), "answer").value();
  const auto sent = host->nth_send(0);
  ASSERT_TRUE(deliver("wa", receipt("p1", "delivered")));
  EXPECT_EQ(status(id), "queued");
  outcome(sent, host::Outcome::accepted, {"p1"});
  until_status(id, "delivered");
}

TEST_F(Outbound, DeliveredWinsOverFailedAndSettlesItsDeadLetter) {
  const Id id = reply(conversation_with("336"), "answer").value();
  outcome(host->nth_send(0), host::Outcome::accepted, {"p1"});
  until_status(id, "accepted");
  ASSERT_TRUE(deliver("wa", receipt("p1", "failed", R"(,"error":{"class":"recipient","code":"131026","detail":"x"})")));
  EXPECT_EQ(status(id), "failed");
  ASSERT_EQ(dead_letters().size(), 1u);
  EXPECT_EQ(dead_letters()[0].reason, "recipient 131026: x");
  ASSERT_TRUE(deliver("wa", receipt("p1", "delivered")));
  EXPECT_EQ(status(id), "delivered");
}

TEST_F(Outbound, RepliesOfAConversationLeaveInOrderAlsoUnderRetries) {
  const Id conversation = conversation_with("336");
  reply(conversation, "one").value();
  reply(conversation, "two").value();
  auto first = host->nth_send(0);
  EXPECT_EQ(first.message.at("text"), "one");
  outcome(first, host::Outcome::retry);
  ASSERT_TRUE(committer->run([](store::Unit&) -> Result<void> { return {}; }));
  // Another conversation is not held up by it.
  reply(conversation_with("337"), "elsewhere").value();
  EXPECT_EQ(host->nth_send(1).message.at("text"), "elsewhere");
  clock.advance(std::chrono::minutes{1});
  reply(conversation_with("338"), "wakes the lane").value();
  std::vector<std::string> order;
  for (std::size_t i = 2; i < 4; ++i) order.emplace_back(host->nth_send(i).message.at("text").as_string());
  EXPECT_NE(std::find(order.begin(), order.end(), "one"), order.end()) << "the retried one goes before its follower";
  const auto again = host->nth_send(order[0] == "one" ? 2 : 3);
  EXPECT_EQ(again.request.attempt, 2);
  EXPECT_EQ(again.request.idempotency_key, first.request.idempotency_key);
  outcome(again, host::Outcome::accepted, {"p"});
  EXPECT_EQ(host->nth_send(4).message.at("text"), "two");
}

TEST_F(Outbound, UnknownIsHeldForAPersonAndHoldsNobody) {
  const Id conversation = conversation_with("336");
  const Id one = reply(conversation, "one").value();
  reply(conversation, "two").value();
  outcome(host->nth_send(0), host::Outcome::unknown);
  EXPECT_EQ(host->nth_send(1).message.at("text"), "two");
  until_status(one, "unknown");
  ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
    auto done = resolve(unit, env, one, Resolution::resend);
    return done ? Result<Answer>(Answer{}) : Result<Answer>(done.error());
  }));
  outcome(host->nth_send(1), host::Outcome::accepted, {"p2"});
  EXPECT_EQ(host->nth_send(2).message.at("text"), "one");
}

TEST_F(Outbound, UnknownIsSettledByAReceiptThatCarriesOurId) {
  const Id id = reply(conversation_with("336"), "one").value();
  outcome(host->nth_send(0), host::Outcome::unknown);
  until_status(id, "unknown");
  ASSERT_TRUE(deliver("wa", receipt("late", "delivered", R"(,"correlation":")" + to_string(id) + "\"")));
  EXPECT_EQ(status(id), "delivered");
  EXPECT_EQ(message(id).at("provider_ids").at(0), "late");
}

TEST_F(Outbound, WhatWasInFlightAtACrashIsUnknownNeverSilent) {
  const Id id = reply(conversation_with("336"), "one").value();
  host->nth_send(0);
  reopen();
  EXPECT_EQ(status(id), "unknown");
  EXPECT_EQ(host->sends(), 0u);
}

TEST_F(Outbound, ReplyThatWaitsForItsNextTryIsTriedAfterARestart) {
  const Id id = reply(conversation_with("336"), "one").value();
  outcome(host->nth_send(0), host::Outcome::retry);
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (message(id).at("errors").as_array().empty() && std::chrono::steady_clock::now() < end)
    committer->run([](store::Unit&) -> Result<void> { return {}; });
  reopen();
  reply(conversation_with("337"), "the lane has looked for what is due").value();
  EXPECT_NE(host->nth_send(0).request.idempotency_key, to_string(id));
  clock.advance(std::chrono::minutes{1});
  EXPECT_EQ(host->nth_send(1).request.idempotency_key, to_string(id));
}

TEST_F(Outbound, ChannelThatResendsUnknownOnesSendsAgainAfterACrash) {
  config_.channels["wa"].resend_unknown = true;
  ASSERT_TRUE(flow->configure(config_, manifests()));
  const Id id = reply(conversation_with("336"), "one").value();
  host->nth_send(0);
  clock.advance(std::chrono::minutes{1});
  close();
  clock.advance(std::chrono::minutes{1});
  open();
  clock.advance(std::chrono::minutes{1});
  flow->capacity("wa", 64);
  EXPECT_EQ(host->nth_send(0).request.attempt, 2);
  EXPECT_EQ(status(id), "queued");
}

TEST_F(Outbound, WhatCannotBeSentIsDeadWithItsReasonAndCanBeSentAgain) {
  const Id id = reply(conversation_with("336"), "one").value();
  outcome(host->nth_send(0), host::Outcome::rejected);
  until_status(id, "failed");
  ASSERT_EQ(dead_letters().size(), 1u);
  EXPECT_TRUE(replay(dead_letters()[0].id));
  outcome(host->nth_send(1), host::Outcome::accepted, {"p"});
  until_status(id, "accepted");
}

TEST_F(Outbound, DeadlineEndsRetriesAndFreesTheFollowers) {
  const Id conversation = conversation_with("336");
  const Id one = reply(conversation, "one").value();
  outcome(host->nth_send(0), host::Outcome::retry, {}, std::chrono::hours{48});
  ASSERT_TRUE(committer->run([](store::Unit&) -> Result<void> { return {}; }));
  clock.advance(std::chrono::hours{25});
  ASSERT_TRUE(deliver(
      "wa",
      R"({"type":"message","id":"again","from":{"address":"whatsapp:336"},"sent_at":"2026-11-22T11:00:00Z","parts":[{"type":"text","text":"?"}]})"));
  reply(conversation, "two").value();
  EXPECT_EQ(host->nth_send(1).message.at("text"), "two");
  until_status(one, "failed");
}

TEST_F(Outbound, WaitOfARecipientConcernsNobodyElseAndOfAChannelEverybody) {
  const Id a = conversation_with("336"), b = conversation_with("337"), c = conversation_with("338", "wa2");
  reply(a, "a1").value();
  outcome(host->nth_send(0), host::Outcome::retry, {}, std::chrono::hours{1}, host::WaitScope::recipient);
  reply(b, "b1").value();
  EXPECT_EQ(host->nth_send(1).message.at("text"), "b1");
  outcome(host->nth_send(1), host::Outcome::retry, {}, std::chrono::hours{1}, host::WaitScope::channel);
  ASSERT_TRUE(committer->run([](store::Unit&) -> Result<void> { return {}; }));
  reply(conversation_with("339"), "held").value();
  reply(c, "c1").value();
  EXPECT_EQ(host->nth_send(2).message.at("text"), "c1") << "the other channel goes on";
}

TEST_F(Outbound, ReplyOutsideTheWindowIsRefusedAndSaysWhatIsAllowed) {
  const Id conversation = conversation_with("336");
  clock.advance(std::chrono::hours{24});
  const auto refused = reply(conversation, "too late");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_NE(refused.error().message.find("allowed outside it: template"), std::string::npos) << refused.error().message;
  ReplyRequest with_template;
  with_template.template_ = boost::json::object{{"name", "hello"}};
  EXPECT_TRUE(reply(conversation, "", with_template));
}

TEST_F(Outbound, TextOverTheChannelsLimitIsRefusedBeforeItIsStored) {
  const auto refused = reply(conversation_with("336"), std::string(4097, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::too_large);
  EXPECT_EQ(count_events("message.queued"), 0u);
}

TEST_F(Outbound, IdempotencyKeyMakesARepeatedPostOneMessage) {
  const Id conversation = conversation_with("336");
  auto post = [&](const std::string& fingerprint) {
    return write(
        [&](store::Unit& unit, const Environment& env) -> Result<Answer> {
          ReplyRequest request;
          request.text = "once";
          auto message = flow::reply(unit, env, conversation, request);
          if (!message) return message.error();
          return Answer{202, message_to_json(**message)};
        },
        {"crm", "key-1", fingerprint});
  };
  const auto first = post("f"), second = post("f");
  EXPECT_EQ(first.value().body, second.value().body);
  EXPECT_EQ(count_events("message.queued"), 1u);
  EXPECT_EQ(post("g").error().code, Errc::conflict);
}

TEST_F(Outbound, MailReplyThreadsByTheIdsOfItsConversation) {
  ASSERT_TRUE(deliver("mail", mail("m1@x", "ana@x", "")));
  ASSERT_TRUE(deliver("mail", mail("m2@x", "ana@x", R"("m1@x")")));
  reply(conversations().at(0).conversation.id, "answer").value();
  const auto sent = host->nth_send(0);
  EXPECT_EQ(sent.message.at("reply_to").at("provider_id"), "m2@x");
  EXPECT_EQ(boost::json::serialize(sent.message.at("references")), R"(["m1@x","m2@x"])");
  EXPECT_EQ(sent.message.at("reply_to").at("subject"), "Hello");
}

TEST_F(Outbound, NotedIdIsDurableBeforeTheSendAndFindsItsReplies) {
  ASSERT_TRUE(deliver("mail", mail("m1@x", "ana@x", "")));
  const Id conversation = conversations().at(0).conversation.id;
  reply(conversation, "answer").value();
  const auto sent = host->nth_send(0);
  std::promise<Result<void>> noted;
  flow->send_note("mail", sent.request.token, {"ours@x"}, [&](Result<void> r) { noted.set_value(std::move(r)); });
  EXPECT_TRUE(noted.get_future().get());
  reopen();
  ASSERT_TRUE(deliver("mail", mail("m5@x", "ana@x", R"("ours@x")")));
  EXPECT_EQ(conversations().size(), 1u);
}

TEST_F(Outbound, FailureOfALaterPartIsKnownAlsoWhenAnEarlierPartHasArrived) {
  const Id id = reply(conversation_with("336"), "two parts").value();
  const auto sent = host->nth_send(0);
  ASSERT_TRUE(deliver("wa", receipt("p1", "delivered", R"(,"correlation":")" + to_string(id) + "\"")));
  outcome(sent, host::Outcome::rejected);
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (dead_letters().empty() && std::chrono::steady_clock::now() < end)
    committer->run([](store::Unit&) -> Result<void> { return {}; });
  ASSERT_EQ(dead_letters().size(), 1u);
  EXPECT_EQ(status(id), "delivered") << "a status only moves forward";
  EXPECT_TRUE(replay(dead_letters()[0].id));
}

TEST_F(Outbound, ReceiptThatProvesASendSettlesItWhateverItsAnswerWas) {
  const Id conversation = conversation_with("336");
  const Id id = reply(conversation, "one").value();
  const auto sent = host->nth_send(0);
  ASSERT_TRUE(deliver("wa", receipt("p1", "delivered", R"(,"correlation":")" + to_string(id) + "\"")));
  outcome(sent, host::Outcome::unknown);
  reply(conversation, "two").value();
  EXPECT_EQ(host->nth_send(1).message.at("text"), "two");
  EXPECT_EQ(status(id), "delivered");
  EXPECT_EQ(reader->channel("wa").value().held, 0);
}

TEST_F(Outbound, StoppedFlowBeginsNoSendAndKeepsWhatWaits) {
  const Id conversation = conversation_with("336");
  flow->stop();
  const Id id = reply(conversation, "later").value();
  reopen();
  EXPECT_EQ(host->nth_send(0).message.at("text"), "later");
  EXPECT_EQ(status(id), "queued");
}

TEST_F(Outbound, ReplyThatIsClaimedWhileTheFlowStopsIsSentAfterTheRestartAndNotUnknown) {
  for (int round = 0; round < 20; ++round) {
    const Id id = reply(conversation_with(std::to_string(100 + round)), "just before the end").value();
    flow->stop();
    std::size_t answered = 0;
    auto settled = std::async(std::launch::async, [&] { flow->settle(kPatience); });
    while (settled.wait_for(std::chrono::milliseconds{1}) != std::future_status::ready) {  // as a host that stops
      while (host->sends() > answered) outcome(host->nth_send(answered++), host::Outcome::retry);
    }
    reopen();
    EXPECT_EQ(status(id), "queued") << round;
  }
}

TEST_F(Outbound, TroubleThatMovesNoStatusIsToldOnceAndKept) {
  ASSERT_TRUE(deliver("wa", text("m1", "1", "hi")));
  const Id id = reply(conversations().front().conversation.id, "hello").value();
  outcome(host->nth_send(0), host::Outcome::accepted, {"w1"});
  until_status(id, "accepted");
  const std::size_t before = count_events("message.status");
  for (int i = 0; i < 2; ++i)
    ASSERT_TRUE(deliver("wa", receipt("w1", "accepted", R"(,"error":{"class":"unavailable","code":"4.4.1","detail":"late"})")));
  EXPECT_EQ(count_events("message.status"), before + 1);
  ASSERT_EQ(message(id).at("errors").as_array().size(), 1u);
  EXPECT_EQ(status(id), "accepted");
}

}  // namespace
}  // namespace jackfield::flow
