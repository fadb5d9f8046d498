// Another configuration while the flow runs: channels that come and go, queues and rates that change.
#include "flow/assign.hpp"
#include "flow/flow_fixture.hpp"

namespace jackfield::flow {
namespace {

class Reconfigured : public FlowTest {
 protected:
  Id conversation_with(const std::string& from) {
    EXPECT_TRUE(deliver("wa", text("in-" + from, from, "hello")));
    return conversations().front().conversation.id;
  }
  void configure_without(const std::string& channel) {
    auto channels = manifests();
    channels.erase(channel);
    ASSERT_TRUE(flow->configure(config_, channels));
  }
  void configure_with_all() { ASSERT_TRUE(flow->configure(config_, manifests())); }
};

TEST_F(Reconfigured, ReplyOfAChannelThatWasRemovedBecomesADeadLetterAtItsDeadline) {
  const Id conversation = conversation_with("336");
  const Id flying = reply(conversation, "one").value();
  const Id waiting = reply(conversation, "two").value();
  const auto sent = host->nth_send(0);
  configure_without("wa");
  outcome(sent, host::Outcome::retry);
  EXPECT_EQ(status(waiting), "queued");
  clock.advance(std::chrono::hours{25});
  until_status(flying, "failed");
  until_status(waiting, "failed");
  ASSERT_EQ(dead_letters().size(), 2u);
  EXPECT_NE(dead_letters()[0].reason.find("its channel is not configured any more"), std::string::npos);
  EXPECT_EQ(host->sends(), 1u);
}

TEST_F(Reconfigured, ReplyThatWaitsIsSentWhenItsChannelComesBack) {
  const Id conversation = conversation_with("336");
  reply(conversation, "one").value();
  const Id two = reply(conversation, "two").value();
  const auto first = host->nth_send(0);
  configure_without("wa");
  configure_with_all();
  outcome(first, host::Outcome::accepted, {"p1"});
  const auto second = host->nth_send(1);
  EXPECT_EQ(second.message.at("text"), "two");
  outcome(second, host::Outcome::accepted, {"p2"});
  until_status(two, "accepted");
}

TEST_F(Reconfigured, SendUnderWayEndsAsIfNothingHadHappened) {
  const Id id = reply(conversation_with("336"), "one").value();
  const auto sent = host->nth_send(0);
  config_.queues = {{"other"}};
  configure_with_all();
  outcome(sent, host::Outcome::accepted, {"p1"});
  until_status(id, "accepted");
  EXPECT_EQ(host->sends(), 1u);
}

TEST_F(Reconfigured, NewMessagesMeetTheNewQueuesAndOpenConversationsStayWhereTheyAre) {
  const Id before = conversation_with("336");
  config_.queues = {{"other"}, {"general"}};
  configure_with_all();
  ASSERT_TRUE(deliver("wa", text("second", "336", "again")));
  ASSERT_TRUE(deliver("wa", text("third", "337", "new")));
  for (const auto& view : conversations())
    EXPECT_EQ(view.conversation.queue, view.conversation.id == before ? "general" : "other");
}

TEST_F(Reconfigured, WhatWaitsInAQueueThatIsNoMoreGoesToTheFirstWithItsAge) {
  const Id before = conversation_with("336");
  const Time since = reader->conversation(before).value()->conversation.work.waiting_since;
  clock.advance(std::chrono::minutes{5});
  config_.queues = {{"other"}, {"another"}};
  configure_with_all();
  committer->run([](store::Unit&) -> Result<void> { return {}; });
  const auto after = reader->conversation(before).value()->conversation;
  EXPECT_EQ(after.queue, "other");
  EXPECT_EQ(after.work.waiting_since, since);
  EXPECT_NE(after.work.order, 0);
}

TEST_F(Reconfigured, WhatAnAgentHoldsOfAQueueThatIsNoMoreGoesToTheFirstWhenItComesBack) {
  config_.agents = {{.name = "ana", .display = "Ana"}};
  configure_with_all();
  const Id held = conversation_with("336");
  const auto act = [&](auto what) {
    ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
      auto done = what(unit, env, held, "ana");
      if (!done) return done.error();
      return Answer{};
    }));
  };
  act(accept);
  config_.queues = {{"other"}};
  configure_with_all();
  committer->run([](store::Unit&) -> Result<void> { return {}; });
  EXPECT_EQ(reader->conversation(held).value()->conversation.queue, "general");
  act(release);
  EXPECT_EQ(reader->conversation(held).value()->conversation.queue, "other");
}

TEST_F(Reconfigured, WrongRulesChangeNothing) {
  auto wrong = config_;
  wrong.rules.push_back({.name = "bad", .when = {.text_matches = "("}});
  EXPECT_FALSE(flow->configure(wrong, manifests()));
  EXPECT_TRUE(flow->environment()->config.rules.empty());
}

}  // namespace
}  // namespace jackfield::flow
