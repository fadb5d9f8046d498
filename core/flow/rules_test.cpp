#include "flow/rules.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "flow/words.hpp"

namespace jackfield::flow {
namespace {

struct RulesTest : ::testing::Test {
  FlowConfig config{.queues = {{"general"}, {"billing"}}};
  Content content;
  Contact contact;

  RuleSpec& rule(std::string name) {
    config.rules.push_back({.name = std::move(name)});
    return config.rules.back();
  }
  RulesOutcome run(std::string_view channel = "wa", bool is_new = true) {
    auto rules = Rules::compile(config);
    EXPECT_TRUE(rules) << rules.error().message;
    const Matches matches = (*rules)->match(content);
    return (*rules)->run({.channel = channel,
                          .plugin = "whatsapp",
                          .content = &content,
                          .matches = &matches,
                          .contact = &contact,
                          .conversation_new = is_new});
  }
};

TEST(Words, CaseAccentsAndWidthDoNotCount) {
  EXPECT_EQ(fold("FACTURÉ"), "facture");
  EXPECT_EQ(fold("Straße"), "strasse");
  EXPECT_EQ(fold("ＡＢＣ"), "abc");
  EXPECT_EQ(fold("ŁÓDŹ"), fold("łódź"));
}

TEST(Words, AreWholeWordsAndPhrases) {
  PhraseIndex index;
  const auto bill = index.add("facture"), phrase = index.add("pas reçu"), chinese = index.add("发票");
  auto found = [&](std::string_view text) {
    std::vector<std::uint32_t> out;
    index.find(text, out);
    return out;
  };
  EXPECT_EQ(found("Ma FACTURE, svp"), std::vector{bill});
  EXPECT_TRUE(found("manufactured").empty());
  EXPECT_EQ(found("je n'ai pas  recu"), std::vector{phrase});
  EXPECT_TRUE(found("pas").empty());
  EXPECT_EQ(found("请给我发票谢谢"), std::vector{chinese});
  EXPECT_TRUE(found("\xff\xfe broken").empty());
}

TEST_F(RulesTest, FirstRuleThatSendsEndsItAndOthersAdd) {
  rule("vip").priority = Priority::high;
  config.rules.back().when.contact["tier"] = {"gold"};
  rule("billing").when.text_any = {"facture", "invoice"};
  config.rules.back().to = "billing";
  rule("rest").to = "general";
  contact.attributes["tier"] = "gold";
  content.text = "Ma Facture";
  const auto outcome = run();
  EXPECT_EQ(outcome.queue, "billing");
  ASSERT_EQ(outcome.matched.size(), 2u);
  EXPECT_EQ(outcome.matched[0].because, std::vector<std::string>{"contact tier is gold"});
  EXPECT_EQ(outcome.matched[1].because, std::vector<std::string>{"text has \"facture\""});
}

TEST_F(RulesTest, ConditionsAreAndedAndListsAreOred) {
  auto& when = rule("r").when;
  config.rules.back().to = "billing";
  when.channel = {"mail", "wa"};
  when.text_matches = "(?i)scandale|arnaque";
  content.text = "quel SCANDALE";
  EXPECT_EQ(run("wa").queue, "billing");
  EXPECT_EQ(run("sms").queue, "");
  content.text = "merci";
  EXPECT_EQ(run("wa").queue, "");
}

TEST_F(RulesTest, NotAnyOfAllOfCombine) {
  auto& when = rule("r").when;
  config.rules.back().to = "billing";
  when.not_.push_back({.from = {"*@spam.example"}});
  when.any_of.push_back({.text_any = {"a"}});
  when.any_of.push_back({.subject_any = {"b"}});
  content.text = "a";
  content.from.uri = "mailto:x@ok.example";
  EXPECT_EQ(run().queue, "billing");
  content.from.uri = "mailto:X@SPAM.example";
  EXPECT_EQ(run().queue, "");
  content.from.uri = "mailto:x@ok.example";
  content.text = "c";
  EXPECT_EQ(run().queue, "");
  content.subject = "B!";
  EXPECT_EQ(run().queue, "billing");
}

TEST_F(RulesTest, AddressGlobsMayLeaveTheSchemeOut) {
  rule("r").when.from = {"+33*"};
  config.rules.back().to = "billing";
  content.from.uri = "tel:+33612";
  EXPECT_EQ(run().queue, "billing");
  config.rules.back().when.from = {"whatsapp:*"};
  EXPECT_EQ(run().queue, "");
}

TEST_F(RulesTest, NewTextIsWhatRulesReadWhereThereIsOne) {
  rule("r").when.text_any = {"invoice"};
  config.rules.back().to = "billing";
  content.text = "thanks\n> your invoice";
  content.new_text = "thanks";
  EXPECT_EQ(run().queue, "");
}

TEST_F(RulesTest, ResultIsTheSameAmongAThousandOtherRulesAndFewAreTried) {
  for (int i = 0; i < 1000; ++i) {
    rule("r" + std::to_string(i)).when.text_any = {"word" + std::to_string(i)};
    config.rules.back().to = i % 2 ? "billing" : "general";
  }
  content.text = "here is word777 and nothing else";
  const auto outcome = run();
  EXPECT_EQ(outcome.queue, "billing");
  EXPECT_EQ(outcome.tried, 1u);
}

TEST_F(RulesTest, RulesOnOtherLanguagesHoursQueuesChannelsAndTagsAreNotTriedEither) {
  for (int i = 0; i < 100; ++i) {
    const std::string n = std::to_string(i);
    rule("language" + n).when.language = {"x" + n};
    rule("hours" + n).when.hours["night"] = true;
    rule("queue" + n).when.queues = {{.queue = "billing", .waiting = Bound{'>', 50 + i}, .agents = {}, .wait = {}}};
    rule("channel" + n).when.channel = {"channel" + n};
    rule("tag" + n).when.conversation_tags = {"tag" + n};
  }
  rule("by language").when.language = {"zh-Hant"};
  rule("by hours").when.hours["night"] = false;
  rule("by queue").when.queues = {{.queue = "billing", .waiting = Bound{'>', 9}, .agents = {}, .wait = {}}};
  rule("by channel").when.channel = {"other", "wa"};
  rule("by tag").when.conversation_tags = {"vip"};
  rule("by plugin").when.plugin = {"whatsapp"};
  auto rules = *Rules::compile(config);
  const Matches matches = rules->match(content);
  Conversation conversation;
  conversation.tags = {"new", "vip"};
  int asked_hours = 0, asked_queues = 0;
  Facts facts{.channel = "wa", .plugin = "whatsapp", .content = &content, .matches = &matches, .contact = &contact};
  facts.conversation = &conversation;
  facts.language = "zh-Hant-TW";
  facts.is_open = [&](const std::string&) { return ++asked_hours, false; };
  facts.queue_now = [&](const std::string&) {
    return ++asked_queues, QueueNow{.waiting = 10, .agents = 0, .wait = {}};
  };
  const auto outcome = rules->run(facts);
  std::vector<std::string> matched;
  for (const auto& match : outcome.matched) matched.push_back(rules->specs()[match.rule].name);
  EXPECT_EQ(matched,
            (std::vector<std::string>{"by language", "by hours", "by queue", "by channel", "by tag", "by plugin"}));
  EXPECT_EQ(outcome.tried, 6u);
  EXPECT_EQ(asked_hours, 1);
  EXPECT_EQ(asked_queues, 1);
  std::size_t fitting = 0;
  for (const auto& tried : rules->trace(facts)) fitting += tried.fits;
  EXPECT_EQ(fitting, 6u) << "what is tried makes no difference to what fits";
}

TEST_F(RulesTest, LanguagesHoursAndQueuesAreConditions) {
  rule("french").when.language = {"fr"};
  config.rules.back().when.hours["office"] = false;
  config.rules.back().when.queues = {
      {.queue = "billing", .waiting = Bound{'>', 10}, .agents = Bound{'=', 0}, .wait = {}}};
  config.rules.back().to = "billing";
  auto rules = *Rules::compile(config);
  const Matches matches = rules->match(content);
  bool open = false;
  QueueNow now{.waiting = 11, .agents = 0, .wait = {}};
  Facts facts{.channel = "wa", .plugin = "whatsapp", .content = &content, .matches = &matches, .contact = &contact};
  facts.language = "fr-CA";
  facts.is_open = [&](const std::string&) { return open; };
  facts.queue_now = [&](const std::string&) { return now; };
  EXPECT_EQ(rules->run(facts).queue, "billing");
  EXPECT_EQ(rules->run(facts).matched[0].because[0], "language is fr-CA");
  open = true;
  EXPECT_EQ(rules->run(facts).queue, "");
  open = false;
  now.agents = 1;
  EXPECT_EQ(rules->run(facts).queue, "");
  now = {.waiting = 10, .agents = 0, .wait = {}};
  EXPECT_EQ(rules->run(facts).queue, "");
  now.waiting = 11;
  facts.language = "en";
  EXPECT_EQ(rules->run(facts).queue, "");
}

TEST_F(RulesTest, WhatIsWrongIsNamedWithItsRuleAndLine) {
  rule("broken").when.text_matches = "(";
  config.rules.back().line = 12;
  EXPECT_EQ(Rules::compile(config).error().message, "rule \"broken\" (line 12): missing ): (");
  config.rules.back().when.text_matches.clear();
  config.rules.back().to = "nowhere";
  EXPECT_EQ(Rules::compile(config).error().message, "rule \"broken\" (line 12): no queue is called \"nowhere\"");
}

}  // namespace
}  // namespace jackfield::flow
