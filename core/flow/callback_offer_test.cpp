#include "flow/callback_offer.hpp"

#include "flow/callback_fixture.hpp"

namespace jackfield::flow {
namespace {

Content said(const std::string& text) {
  Content content;
  content.text = text;
  return content;
}

TEST(OfferAnswer, IsANumberOfTheListAYesToTheOnlyOneOrANumberToCall) {
  const auto choice = [](const std::string& text, std::size_t choices) -> int {
    const auto answer = read_offer_answer(said(text), choices);
    return answer ? static_cast<int>(answer->choice) + 1 : 0;
  };
  EXPECT_EQ(choice("2", 3), 2);
  EXPECT_EQ(choice(" 2. ", 3), 2);
  EXPECT_EQ(choice("3)\nthank you", 3), 3);
  EXPECT_EQ(choice("4", 3), 0);
  EXPECT_EQ(choice("0", 3), 0);
  EXPECT_EQ(choice("2 of them are broken", 3), 0);
  EXPECT_EQ(choice("20", 3), 0);
  EXPECT_EQ(choice("2nd", 3), 0);
  EXPECT_EQ(choice("Yes!", 1), 1);
  EXPECT_EQ(choice("oui", 1), 1);
  EXPECT_EQ(choice("yes", 3), 0) << "to which?";
  EXPECT_EQ(choice("yes, but why", 1), 0);
  EXPECT_EQ(choice("", 1), 0);
  EXPECT_EQ(choice("no", 1), 0);
  const auto other = read_offer_answer(said("2, +33 6 99 99 99 99"), 3);
  ASSERT_TRUE(other);
  EXPECT_EQ(other->choice, 1u);
  EXPECT_EQ(other->number, "tel:+33699999999");
  EXPECT_EQ(read_offer_answer(said("0033699999999"), 3)->number, "tel:+33699999999");
  EXPECT_FALSE(read_offer_answer(said("+12"), 3));
  Content mail = said("1\n\n> Answer with a number");
  mail.new_text = "1";
  EXPECT_TRUE(read_offer_answer(mail, 3));
}

class OfferTest : public CallbackTest {
 protected:
  void SetUp() override {
    CallbackTest::SetUp();
    RuleSpec rule{.name = "offer"};
    rule.callback = CallbackOffer{{{"", "May we call {number}?"}, {"fr", "Pouvons-nous appeler {number} ?"}},
                                  {{"", "Which number may we call at {slot}?"}},
                                  {{"", "We call {number} at {slot}."}}};
    config_.rules = {rule};
    reopen();
  }
  // Over WhatsApp, which vouches for the number.
  static std::string vouched(const std::string& id, const std::string& words) {
    return R"({"type":"message","id":")" + id +
           R"(","from":{"address":"whatsapp:33612345678","name":"N","evidence":"attested","also":[{"address":"tel:+33612345678","evidence":"attested"}]},"parts":[)" +
           words + "]}";
  }
  static std::string words(const std::string& text) { return R"({"type":"text","text":")" + text + "\"}"; }
  Conversation only() { return conversations().front().conversation; }
};

TEST_F(OfferTest, IsMadeWithSlotsAndTakenUpByTheNumberOfOne) {
  online("ana");
  ASSERT_TRUE(deliver("wa", vouched("m1", words("hello"))));
  const Id c = only().id;
  EXPECT_EQ(texts(c, Direction::out),
            std::vector<std::string>{"May we call +33612345678?\n1. 2026-11-23 10:00\n2. 2026-11-23 10:30\n3. "
                                     "2026-11-23 11:00"});
  EXPECT_EQ(callbacks().front().state, CallbackState::offered);
  EXPECT_EQ(only().work.offered_to, "ana") << "it goes on waiting";
  ASSERT_TRUE(deliver("wa", vouched("m2", words("3"))));
  const auto taken = callbacks().front();
  EXPECT_EQ(taken.state, CallbackState::scheduled);
  EXPECT_EQ(taken.slot.from, at("2026-11-23T10:00:00Z"));
  EXPECT_EQ(taken.number, "tel:+33612345678");
  EXPECT_EQ(texts(c, Direction::out).back(), "We call +33612345678 at 2026-11-23 11:00.");
  EXPECT_EQ(only().state, ConversationState::snoozed);
  EXPECT_EQ(only().work.held_by, "") << "it takes nobody's time now";
  until("2026-11-23T10:00:00Z");
  EXPECT_EQ(callback(taken.id).state, CallbackState::due);
  EXPECT_EQ(only().work.offered_to, "ana");
  EXPECT_EQ(count_events("callback.offered"), 1u);
  EXPECT_EQ(count_events("callback.requested"), 1u);
}

TEST_F(OfferTest, AnotherAnswerIsAnOrdinaryMessageAndTheOfferStands) {
  ASSERT_TRUE(deliver("wa", vouched("m1", words("hello"))));
  ASSERT_TRUE(deliver("wa", vouched("m2", words("2 of them are broken"))));
  EXPECT_EQ(callbacks().front().state, CallbackState::offered);
  EXPECT_EQ(only().state, ConversationState::open);
  EXPECT_EQ(texts(only().id, Direction::out).size(), 1u) << "and it is not offered twice";
  EXPECT_NE(reader->decision(only().id).value().find("the last answer was automatic already"), std::string::npos);
  ASSERT_TRUE(deliver("wa", vouched("m3", words("1"))));
  EXPECT_NE(callbacks().front().state, CallbackState::offered);
}

TEST_F(OfferTest, OverWhenAPersonAnswersWhenItLapsesOrWhenTheSlotIsPast) {
  ASSERT_TRUE(deliver("wa", vouched("m1", words("hello"))));
  ASSERT_TRUE(reply(only().id, "I am here now"));
  ASSERT_TRUE(deliver("wa", vouched("m2", words("1"))));
  EXPECT_NE(callbacks().front().state, CallbackState::scheduled);
  EXPECT_NE(callbacks().front().state, CallbackState::due);
  until("2026-11-23T10:30:00Z");
  EXPECT_EQ(callbacks().front().state, CallbackState::lapsed);
  ASSERT_TRUE(deliver("wa", vouched("m3", words("2"))));
  EXPECT_EQ(callbacks().front().state, CallbackState::lapsed);
}

TEST_F(OfferTest, AsksForANumberWhereNoneIsVouchedFor) {
  ASSERT_TRUE(deliver("mail", mail("m1", "eve@example.org", "")));
  const Id c = only().id;
  EXPECT_EQ(texts(c, Direction::out), std::vector<std::string>{"Which number may we call at 2026-11-23 10:00?"});
  const std::string answer =
      R"({"type":"message","id":"m2","dedupe":"m2/h","from":{"address":"mailto:eve@example.org"},"threads":["m1"],)"
      R"("new_text":"+33 6 11 11 11 11\nEve","parts":[{"type":"text","text":"+33 6 11 11 11 11\nEve\n> Which"}]})";
  ASSERT_TRUE(deliver("mail", answer));
  const auto taken = callbacks().front();
  EXPECT_EQ(taken.number, "tel:+33611111111");
  EXPECT_EQ(taken.state, CallbackState::due) << "the slot has begun";
  EXPECT_EQ(conversations().size(), 1u);
}

TEST_F(OfferTest, IsAnsweredByAButtonToo) {
  ASSERT_TRUE(deliver("wa", vouched("m1", words("hello"))));
  ASSERT_TRUE(
      deliver("wa", vouched("m2", R"({"type":"choice","id":"callback-2","title":"2026-11-23 10:30","payload":null})")));
  EXPECT_EQ(callbacks().front().slot.from, at("2026-11-23T09:30:00Z"));
}

TEST_F(OfferTest, IsNeverMadeToAMachineInPublicOrWithoutAFreeSlot) {
  ASSERT_TRUE(deliver(
      "mail",
      R"({"type":"message","id":"b1","dedupe":"b1","from":{"address":"mailto:news@x"},"automatic":"bulk","parts":[{"type":"text","text":"buy"}]})"));
  ASSERT_TRUE(deliver(
      "wa",
      R"({"type":"message","id":"p1","visibility":"public","thread":"t","from":{"address":"whatsapp:3361"},"parts":[{"type":"text","text":"boo"}]})"));
  EXPECT_TRUE(callbacks().empty());
  config_.hours["office"].week = {};
  reopen();
  ASSERT_TRUE(deliver("wa", vouched("m1", words("hello"))));
  EXPECT_TRUE(callbacks().empty());
  EXPECT_NE(reader->decision(only().id).value().find("no slot is free"), std::string::npos);
}

TEST_F(OfferTest, GivesWayToOneThatIsAskedFor) {
  ASSERT_TRUE(deliver("wa", vouched("m1", words("hello"))));
  CallbackRequest request;
  request.conversation = only().id;
  request.when.from = at("2026-11-23T13:00:00Z");
  const auto made = ask(request);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->number, "tel:+33612345678") << "the one that is vouched for";
  EXPECT_EQ(callbacks().front().state, CallbackState::lapsed);
  ASSERT_TRUE(deliver("wa", vouched("m2", words("1"))));
  EXPECT_EQ(callback(made->id).state, CallbackState::scheduled);
  EXPECT_EQ(callbacks().size(), 2u);
}

TEST_F(OfferTest, SurvivesARestart) {
  ASSERT_TRUE(deliver("wa", vouched("m1", words("hello"))));
  reopen();
  ASSERT_TRUE(deliver("wa", vouched("m2", words("2"))));
  EXPECT_EQ(callbacks().front().state, CallbackState::scheduled);
}

}  // namespace
}  // namespace jackfield::flow
