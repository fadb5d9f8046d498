#include "flow/flow_fixture.hpp"

namespace jackfield::flow {
namespace {

using Person = FlowTest;

std::string contact_event(const std::string& address, const std::string& more) {
  return R"({"type":"contact","from":{"address":")" + address + R"(","evidence":"attested"})" + more + "}";
}

std::string sms(const std::string& id, const std::string& from) {
  return R"({"type":"message","id":")" + id + R"(","from":{"address":"tel:)" + from +
         R"(","evidence":"attested"},"parts":[{"type":"text","text":"hello"}]})";
}

TEST_F(Person, WhoOptedOutGetsNoMessageUntilTheyOptIn) {
  ASSERT_TRUE(deliver("sms", sms("s1", "+33612345678")));
  const Id conversation = conversations().at(0).conversation.id;
  ASSERT_TRUE(reply(conversation, "hello"));
  ASSERT_TRUE(deliver("sms", contact_event("tel:+33612345678", R"(,"opted_out":true,"reason":"they wrote STOP")")));
  reopen();
  const auto refused = reply(conversation, "still there?");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_NE(refused.error().message.find("they wrote STOP"), std::string::npos) << refused.error().message;
  const auto contact = *reader->contact(conversations().at(0).conversation.contact).value();
  EXPECT_NE(contact_to_json(contact).find(R"("opted_out":[{"channel":"sms","reason":"they wrote STOP")"),
            std::string::npos);
  ASSERT_TRUE(deliver("sms", contact_event("tel:+33612345678", R"(,"opted_out":false)")));
  EXPECT_TRUE(reply(conversation, "hello again"));
}

TEST_F(Person, OptOutHoldsForItsChannelOnly) {
  ASSERT_TRUE(deliver("sms", sms("s1", "+33612345678")));
  ASSERT_TRUE(deliver("sms2", sms("s2", "+33612345678")));
  ASSERT_TRUE(deliver("sms", contact_event("tel:+33612345678", R"(,"opted_out":true)")));
  const Id conversation = conversations().at(0).conversation.id;
  ReplyRequest there;
  there.channel = "sms";
  EXPECT_FALSE(reply(conversation, "x", there));
  there.channel = "sms2";
  EXPECT_TRUE(reply(conversation, "x", there));
}

TEST_F(Person, TheWordThatWasSaidLastCountsInWhateverOrderTheyCome) {
  const auto said = [](bool out, const char* at) {
    return contact_event("tel:+33612345678",
                         std::string(R"(,"opted_out":)") + (out ? "true" : "false") + R"(,"at":")" + at + "\"");
  };
  ASSERT_TRUE(deliver("sms", sms("s1", "+33612345678")));
  const Id conversation = conversations().at(0).conversation.id;
  ASSERT_TRUE(deliver("sms", said(false, "2026-11-21T10:00:20Z")));
  ASSERT_TRUE(deliver("sms", said(true, "2026-11-21T10:00:10Z")));
  reopen();
  EXPECT_TRUE(reply(conversation, "they came back after that STOP"));
  EXPECT_EQ(count_events("contact.updated"), 0u);
  ASSERT_TRUE(deliver("sms", said(true, "2026-11-21T10:00:25Z")));
  EXPECT_FALSE(reply(conversation, "x"));
  ASSERT_TRUE(deliver("sms", said(false, "2026-11-21T10:00:22Z")));
  EXPECT_FALSE(reply(conversation, "that START was before the STOP"));
  ASSERT_TRUE(deliver("sms", said(false, "2026-11-21T10:00:25Z")));
  EXPECT_TRUE(reply(conversation, "in one second the order of coming counts"));
}

TEST_F(Person, AProviderWhoseClockRunsAheadDoesNotOutlastAStop) {
  ASSERT_TRUE(deliver("sms", sms("s1", "+33612345678")));
  ASSERT_TRUE(deliver("sms", contact_event("tel:+33612345678", R"(,"opted_out":false,"at":"2026-11-21T12:00:00Z")")));
  ASSERT_TRUE(deliver("sms", contact_event("tel:+33612345678", R"(,"opted_out":true)")));
  EXPECT_FALSE(reply(conversations().at(0).conversation.id, "x"));
}

TEST_F(Person, ProvidersRefusalBecauseTheyOptedOutIsRemembered) {
  ASSERT_TRUE(deliver("sms", sms("s1", "+33612345678")));
  const Id conversation = conversations().at(0).conversation.id;
  const Id sent = reply(conversation, "hello").value();
  host::SendResult result;
  result.token = host->nth_send(0).request.token;
  result.outcome = host::Outcome::rejected;
  result.error_class = "opted-out";
  result.detail = "21610";
  flow->send_done("sms", result);
  until_status(sent, "failed");
  EXPECT_FALSE(reply(conversation, "again"));
  EXPECT_EQ(count_events("contact.updated"), 1u);
}

TEST_F(Person, AnswerInsideAnOpenWindowIsNoUnwantedMessage) {
  ASSERT_TRUE(deliver("wa", text("w1", "336", "hello")));
  ASSERT_TRUE(deliver("wa", contact_event("whatsapp:336", R"(,"opted_out":true,"reason":"they stopped marketing")")));
  const Id conversation = conversations().at(0).conversation.id;
  EXPECT_TRUE(reply(conversation, "here is your answer"));
  ReplyRequest marketing;
  marketing.template_ = boost::json::object{{"name", "sale"}};
  EXPECT_FALSE(reply(conversation, "", marketing));
}

TEST_F(Person, ContactEventMakesAContactOnlyToOptThemOut) {
  ASSERT_TRUE(deliver("sms", contact_event("tel:+331", R"(,"name":"Ana")")));
  EXPECT_EQ(count_events("contact.created"), 0u);
  ASSERT_TRUE(deliver("sms", contact_event("tel:+331", R"(,"opted_out":true)")));
  EXPECT_EQ(count_events("contact.created"), 1u);
  EXPECT_TRUE(conversations().empty());
}

TEST_F(Person, ChangedNumberIsTheSamePersonAndAnswersGoToTheNewOne) {
  ASSERT_TRUE(deliver("wa", text("w1", "336", "hello")));
  const std::string change =
      contact_event("whatsapp:339", R"(,"replaced":[{"address":"whatsapp:336"}],"dedupe":"sys1")");
  ASSERT_TRUE(deliver("wa", change));
  ASSERT_TRUE(deliver("wa", change));
  EXPECT_EQ(count_events("contact.updated"), 1u) << "a redelivery changes nothing";
  ASSERT_TRUE(deliver("wa", text("w2", "339", "me again")));
  ASSERT_EQ(conversations().size(), 1u);
  reply(conversations().at(0).conversation.id, "hi").value();
  EXPECT_EQ(host->nth_send(0).message.at("to").at(0).at("address"), "whatsapp:339");
  ASSERT_TRUE(deliver("wa", text("w3", "336", "I got this number yesterday")));
  EXPECT_EQ(count_events("contact.created"), 2u) << "the old number stands for nobody any more";
}

TEST_F(Person, TypingIsToldOnceInTenSeconds) {
  ASSERT_TRUE(deliver("wa", text("w1", "336", "hello")));
  const std::string typing = R"({"type":"typing","from":{"address":"whatsapp:336"}})";
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(deliver("wa", typing));
  EXPECT_EQ(count_events("conversation.typing"), 1u);
  clock.advance(std::chrono::seconds{11});
  ASSERT_TRUE(deliver("wa", typing));
  EXPECT_EQ(count_events("conversation.typing"), 2u);
  ASSERT_TRUE(deliver("wa", R"({"type":"typing","from":{"address":"whatsapp:nobody"}})"));
  EXPECT_EQ(count_events("conversation.typing"), 2u);
}

TEST_F(Person, AutomaticReplyJoinsWhatItAnswersAndReopensNothing) {
  ASSERT_TRUE(deliver("mail", mail("m1@x", "ana@x", "")));
  const Id conversation = conversations().at(0).conversation.id;
  ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
    ConversationPatch closing;
    closing.state = ConversationState::closed;
    auto done = patch(unit, env, conversation, closing);
    return done ? Result<Answer>(Answer{}) : Result<Answer>(done.error());
  }));
  const auto routed = count_events("conversation.routed");
  ASSERT_TRUE(deliver(
      "mail",
      R"({"type":"message","id":"ooo@x","from":{"address":"mailto:ana@x"},"threads":["m1@x"],"automatic":"reply","parts":[{"type":"text","text":"I am away"}]})"));
  ASSERT_EQ(conversations().size(), 1u);
  EXPECT_EQ(conversations().at(0).conversation.state, ConversationState::closed);
  EXPECT_EQ(count_events("conversation.routed"), routed);
  const auto row = reader->messages({}, {.limit = 10}).value().items.front();
  EXPECT_EQ(message(row.head.id).at("automatic"), "reply");
}

TEST_F(Person, ProvenReferenceJoinsWhoeverSendsItAndOthersDoNot) {
  ASSERT_TRUE(deliver("mail", mail("m1@x", "ana@x", "")));
  const std::string colleague =
      R"(,"from":{"address":"mailto:bob@y"},"threads":["m1@x"],"parts":[{"type":"text","text":"I answer for Ana"}])";
  ASSERT_TRUE(deliver("mail", R"({"type":"message","id":"m2@y")" + colleague + R"(,"thread_proof":true})"));
  EXPECT_EQ(conversations().size(), 1u);
  ASSERT_TRUE(deliver("mail", R"({"type":"message","id":"m3@y")" + colleague + "}"));
  EXPECT_EQ(conversations().size(), 2u);
}

}  // namespace
}  // namespace jackfield::flow
