#include "flow/auto_answer.hpp"

#include "flow/flow_fixture.hpp"
#include "flow/language.hpp"

namespace jackfield::flow {
namespace {

TEST(Language, IsToldOfTextsThatAreLongEnough) {
  EXPECT_EQ(detect_language("Bonjour, je n'ai toujours pas reçu ma commande, merci de me répondre."), "fr");
  EXPECT_EQ(detect_language("Dzień dobry, proszę o przesłanie faktury za ostatni miesiąc."), "pl");
  EXPECT_EQ(detect_language("Здравствуйте, где мой заказ? Я жду уже две недели."), "ru");
  EXPECT_EQ(detect_language("注文した商品がまだ届いていません。確認をお願いします。"), "ja");
  EXPECT_EQ(detect_language("ok merci"), "");
  EXPECT_EQ(detect_language("\xff\xfe\xff\xfe\xff\xfe broken bytes all over this text \xff"), "");
}

TEST(Texts, AreChosenByLanguageThenItsMainPartThenTheDefault) {
  const Texts texts{{"", "hello"}, {"fr", "bonjour"}, {"pt", "olá"}};
  EXPECT_EQ(text_for(texts, "fr"), "bonjour");
  EXPECT_EQ(text_for(texts, "pt-BR"), "olá");
  EXPECT_EQ(text_for(texts, "de"), "hello");
  EXPECT_EQ(text_for({{"en", "hi"}}, "de"), "hi");
}

class AutoAnswer : public FlowTest {
 protected:
  void SetUp() override {
    FlowTest::SetUp();
    CalendarSpec office{.timezone = "Europe/Paris", .week = {}, .days = {}};
    for (std::size_t i = 0; i < 5; ++i) office.week[i] = {{9 * 60, 17 * 60}};
    config_.hours["office"] = office;
    config_.queues[0].hours = "office";
    RuleSpec closed{.name = "closed"};
    closed.when.hours["office"] = false;
    closed.reply = {{"", "{first_name}, we open at {opens_at}."}, {"fr", "Nous ouvrons à {opens_at}, {first_name}."}};
    config_.rules = {closed};
    reopen();
  }
  std::vector<std::string> sent_texts() {
    std::vector<std::string> out;
    for (const auto& view : conversations())
      for (const auto& row : reader->messages_of(view.conversation.id, {.limit = 100, .cursor = ""}).value().items)
        if (row.head.direction == Direction::out)
          out.push_back(std::string(message(row.head.id).at("text").as_string()));
    return out;
  }
};

TEST_F(AutoAnswer, IsInTheCustomersLanguageWithWhatIsKnownOfThem) {
  ASSERT_TRUE(deliver("wa", text("m1", "1", "Bonjour, je n'ai toujours pas reçu ma commande du mois dernier")));
  EXPECT_EQ(sent_texts(), std::vector<std::string>{"Nous ouvrons à 2026-11-23 09:00, N."});
  ASSERT_TRUE(deliver("wa", text("m2", "2", "hi")));
  EXPECT_EQ(sent_texts().front().substr(0, 2), "N,");
  const auto sent = host->nth_send(0);
  EXPECT_EQ(sent.message.at("automatic"), true);
}

TEST_F(AutoAnswer, DoesNotFollowWhatAProgramAnsweredAutomatically) {
  ASSERT_TRUE(deliver("wa", text("m1", "1", "hello")));
  const Id id = conversations().front().conversation.id;
  ASSERT_TRUE(reply(id, "a person answers"));
  ASSERT_TRUE(reply(id, "a program looks into it", {.automatic = true}));
  ASSERT_TRUE(deliver("wa", text("m2", "1", "and now?")));
  EXPECT_EQ(sent_texts().size(), 3u);
}

TEST_F(AutoAnswer, NeverComesTwiceInARow) {
  ASSERT_TRUE(deliver("wa", text("m1", "1", "hello")));
  ASSERT_TRUE(deliver("wa", text("m2", "1", "hello?")));
  EXPECT_EQ(sent_texts().size(), 1u);
  const Id id = conversations().front().conversation.id;
  EXPECT_NE(reader->decision(id).value().find("the last answer was automatic already"), std::string::npos);
  ASSERT_TRUE(reply(id, "a person answers"));
  ASSERT_TRUE(deliver("wa", text("m3", "1", "and now?")));
  EXPECT_EQ(sent_texts().size(), 3u);
}

TEST_F(AutoAnswer, IsNeverGivenToAMachine) {
  ASSERT_TRUE(deliver(
      "mail",
      R"({"type":"message","id":"b1","dedupe":"b1","from":{"address":"mailto:news@x"},"automatic":"bulk","parts":[{"type":"text","text":"buy"}]})"));
  EXPECT_TRUE(sent_texts().empty());
}

TEST_F(AutoAnswer, DoesNotStopTheCustomersWait) {
  ASSERT_TRUE(deliver("wa", text("m1", "1", "hello")));
  const auto c = conversations().front().conversation;
  EXPECT_EQ(c.last_outbound_at, Time{});
  EXPECT_NE(c.work.order, 0);
}

TEST_F(AutoAnswer, StaysAwayWhileItIsOpen) {
  clock.set(*parse_rfc3339("2026-11-23T10:00:00Z"));
  ASSERT_TRUE(deliver("wa", text("m1", "1", "hello")));
  EXPECT_TRUE(sent_texts().empty());
}

}  // namespace
}  // namespace jackfield::flow
