#include "flow/reach.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jackfield::flow {
namespace {

using testing::ElementsAre;

struct ReachTest : testing::Test {
  ReachTest() { config.queues = {{"first"}, {"a"}, {"b"}, {"c"}}; }

  void rule(ConditionSpec when, std::string to) {
    RuleSpec spec;
    spec.when = std::move(when);
    spec.to = std::move(to);
    config.rules.push_back(std::move(spec));
  }
  std::vector<std::string> reached(std::string_view channel = "wa", std::string_view plugin = "whatsapp") {
    return reachable_queues(config, {channel, plugin, &visibilities, [&](const std::string& c) { return c == open; },
                                     [&](const std::string&) { return queue; }});
  }
  static ConditionSpec words() { return {.text_any = {"invoice"}}; }

  FlowConfig config;
  std::vector<std::string> visibilities;
  std::string open = "day";
  QueueNow queue;
};

TEST_F(ReachTest, WithoutRulesItIsTheFirstQueue) { EXPECT_THAT(reached(), ElementsAre("first")); }

TEST_F(ReachTest, WhatDependsOnTheMessageMayHoldAndTheFirstThatMustEndsTheList) {
  rule(words(), "a");
  EXPECT_THAT(reached(), ElementsAre("a", "first"));
  rule({}, "b");
  rule({}, "c");
  EXPECT_THAT(reached(), ElementsAre("a", "b"));
}

TEST_F(ReachTest, RulesOfOtherChannelsAndConnectorsAreNotReached) {
  rule({.channel = {"mail"}}, "a");
  rule({.plugin = {"whatsapp"}}, "b");
  EXPECT_THAT(reached(), ElementsAre("b"));
  EXPECT_THAT(reached("mail", "email"), ElementsAre("a"));
  EXPECT_THAT(reached("sms", "sms"), ElementsAre("first"));
}

TEST_F(ReachTest, HoursAndQueuesAreDecidedAsTheyStandNow) {
  rule({.hours = {{"day", true}}}, "a");
  rule({.queues = {{.queue = "b", .agents = Bound{'>', 0}}}}, "b");
  rule({}, "c");
  EXPECT_THAT(reached(), ElementsAre("a"));
  open = "night";
  EXPECT_THAT(reached(), ElementsAre("c"));
  queue.agents = 1;
  EXPECT_THAT(reached(), ElementsAre("b"));
}

TEST_F(ReachTest, VisibilityIsDecidedWhereTheChannelHasOneOnly) {
  rule({.visibility = Visibility::public_}, "a");
  EXPECT_THAT(reached(), ElementsAre("a", "first"));
  visibilities = {"private"};
  EXPECT_THAT(reached(), ElementsAre("first"));
  visibilities = {"public"};
  EXPECT_THAT(reached(), ElementsAre("a"));
  visibilities = {"private", "public"};
  EXPECT_THAT(reached(), ElementsAre("a", "first"));
}

TEST_F(ReachTest, CombinedConditionsAreDecidedAsFarAsTheyCanBe) {
  rule({.not_ = {ConditionSpec{.channel = {"wa"}}}}, "a");
  EXPECT_THAT(reached(), ElementsAre("first"));
  EXPECT_THAT(reached("mail", "email"), ElementsAre("a"));
  config.rules.clear();
  rule({.any_of = {words(), ConditionSpec{.channel = {"wa"}}}}, "a");
  EXPECT_THAT(reached(), ElementsAre("a"));
  EXPECT_THAT(reached("mail", "email"), ElementsAre("a", "first"));
  config.rules.clear();
  rule({.all_of = {words(), ConditionSpec{.channel = {"wa"}}}}, "a");
  EXPECT_THAT(reached(), ElementsAre("a", "first"));
  EXPECT_THAT(reached("mail", "email"), ElementsAre("first"));
  config.rules.clear();
  rule({.not_ = {words()}}, "a");
  EXPECT_THAT(reached(), ElementsAre("a", "first"));
}

TEST_F(ReachTest, WhatIsDroppedReachesNoQueueAndRulesThatOnlySetSendNowhere) {
  rule({}, "");
  RuleSpec spam;
  spam.when = words();
  spam.drop = true;
  config.rules.push_back(spam);
  EXPECT_THAT(reached(), ElementsAre("first"));
  config.rules.back().when = {};
  EXPECT_TRUE(reached().empty());
}

}  // namespace
}  // namespace jackfield::flow
