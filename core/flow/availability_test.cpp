#include "flow/availability.hpp"

#include <gmock/gmock.h>

#include "flow/agents.hpp"
#include "flow/assign.hpp"
#include "flow/flow_fixture.hpp"

namespace jackfield::flow {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// wa goes to general, which has hours; mail to billing, which needs a skill; sms to either.
class AvailabilityTest : public FlowTest {
 protected:
  void SetUp() override {
    config_.hours["day"].week.fill({{9 * 60, 17 * 60}});  // it is 10:00:30 UTC
    config_.agents = {{.name = "ana", .display = "Ana", .skills = {}, .capacity = {1, 1, 1}},
                      {.name = "ben", .display = "Ben", .skills = {"money"}, .capacity = {1, 1, 1}}};
    FlowTest::SetUp();
    config_.queues = {{.name = "general", .hours = "day"}, {.name = "billing", .skills = {"money"}}};
    RuleSpec mail, sms;
    mail.when.channel = {"mail"};
    sms.when.channel = {"sms"};
    sms.when.text_any = {"invoice"};
    mail.to = sms.to = "billing";
    config_.rules = {mail, sms};
    configure();
  }
  void configure() { ASSERT_TRUE(flow->configure(config_, manifests())); }
  void presence(const std::string& agent, Presence p) {
    ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
      auto set = set_presence(unit, env, agent, p);
      if (!set) return set.error();
      return Answer{};
    }));
  }
  void online(const std::string& agent) { presence(agent, Presence::online); }
  void take(const std::string& agent, const std::string& from) {
    ASSERT_TRUE(deliver("wa", text("m" + from, from, "help")));
    ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
      auto taken = accept(unit, env, conversations().front().conversation.id, agent);
      if (!taken) return taken.error();
      return Answer{};
    }));
  }
  Availability of(const std::string& channel, bool works = true) {
    const std::vector<ChannelNow> all{{"wa", works}, {"mail", works}, {"sms", works}};
    const auto found = availability(*reader, *flow->environment(), all);
    for (const auto& one : *found)
      if (one.channel == channel) return one;
    return {};
  }
};

TEST_F(AvailabilityTest, SomebodyAnswersWhereAnAgentIsThereWithTheSkillsAndWithRoom) {
  EXPECT_EQ(of("wa").standing, ChannelStanding::unstaffed);
  EXPECT_FALSE(of("wa").answered_now());
  online("ana");
  EXPECT_EQ(of("wa").standing, ChannelStanding::open);
  EXPECT_TRUE(of("wa").answered_now());
  EXPECT_EQ(of("mail").standing, ChannelStanding::unstaffed) << "ana knows nothing of money";
  online("ben");
  EXPECT_EQ(of("mail").standing, ChannelStanding::open);
  presence("ana", Presence::away);
  presence("ben", Presence::offline);
  EXPECT_EQ(of("wa").standing, ChannelStanding::unstaffed);
}

TEST_F(AvailabilityTest, WhoIsFullLetsTheCustomerWaitForAsLongAsIsExpected) {
  online("ana");
  clock.advance(Millis{60'000});
  take("ana", "33600001");
  const auto busy = of("wa");
  EXPECT_EQ(busy.standing, ChannelStanding::busy);
  EXPECT_FALSE(busy.answered_now());
  EXPECT_TRUE(busy.expected_wait);
  presence("ana", Presence::offline);
  EXPECT_FALSE(of("wa").expected_wait) << "nobody is there";
}

TEST_F(AvailabilityTest, OutsideTheHoursItIsClosedUntilTheyBegin) {
  online("ana");
  EXPECT_EQ(of("wa").closes_at, *parse_rfc3339("2026-11-21T17:00:00Z"));
  EXPECT_EQ(of("mail").closes_at, Time{}) << "billing has no hours";
  clock.set(*parse_rfc3339("2026-11-21T17:00:00Z"));
  const auto closed = of("wa");
  EXPECT_EQ(closed.standing, ChannelStanding::closed) << "although ana is there";
  EXPECT_EQ(closed.opens_at, *parse_rfc3339("2026-11-22T09:00:00Z"));
  EXPECT_EQ(closed.closes_at, Time{});
}

TEST_F(AvailabilityTest, AChannelThatDoesNotWorkIsDownWhoeverIsThere) {
  online("ana");
  EXPECT_EQ(of("wa", false).standing, ChannelStanding::down);
  EXPECT_FALSE(of("wa", false).answered_now());
  EXPECT_EQ(availability(*reader, *flow->environment(), {{"nobody-knows-it", true}}).value()[0].standing,
            ChannelStanding::down);
}

TEST_F(AvailabilityTest, OfSeveralQueuesTheBestSpeaksForTheChannel) {
  EXPECT_THAT(of("sms").queues, ElementsAre("billing", "general"));
  online("ben");
  EXPECT_EQ(of("sms").standing, ChannelStanding::open);
  presence("ben", Presence::offline);
  clock.set(*parse_rfc3339("2026-11-21T17:00:00Z"));
  EXPECT_EQ(of("sms").standing, ChannelStanding::unstaffed) << "billing never closes";
}

TEST_F(AvailabilityTest, WhatElseIsOpenIsNamedAndNothingElse) {
  EXPECT_THAT(of("mail").alternatives, IsEmpty());
  online("ana");
  EXPECT_THAT(of("mail").alternatives, ElementsAre("wa", "sms"));
  EXPECT_THAT(of("wa").alternatives, ElementsAre("sms"));
  EXPECT_THAT(of("wa", false).alternatives, IsEmpty());
}

TEST_F(AvailabilityTest, WhereNobodyIsThereItCountsWhereTheQueueOverflowsTo) {
  config_.queues[1].overflow_to = "general";
  config_.queues[1].overflow_when_absent = Millis{30'000};
  config_.queues[1].overflow_after = Millis{300'000};
  configure();
  EXPECT_EQ(of("mail").standing, ChannelStanding::unstaffed);
  online("ana");
  EXPECT_EQ(of("mail").standing, ChannelStanding::open);
  presence("ana", Presence::offline);
  online("ana");
  clock.advance(Millis{60'000});
  take("ana", "33600001");
  EXPECT_EQ(of("mail").standing, ChannelStanding::busy);
  EXPECT_EQ(*of("mail").expected_wait, *of("wa").expected_wait + Millis{30'000});
}

TEST_F(AvailabilityTest, CapacityIsCountedInTheClassOfTheChannel) {
  config_.agents[0].capacity = {0, 1, 0};
  configure();
  online("ana");
  EXPECT_EQ(of("wa").standing, ChannelStanding::busy) << "ana takes chats only";
  auto with_chat = manifests();
  with_chat.at("wa").capacity_class = "chat";
  ASSERT_TRUE(flow->configure(config_, with_chat));
  EXPECT_EQ(of("wa").standing, ChannelStanding::open);
}

}  // namespace
}  // namespace jackfield::flow
