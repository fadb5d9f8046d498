#include "flow/flow_fixture.hpp"

namespace jackfield::flow {
namespace {

using Mirror = FlowTest;

std::string own(const std::string& id, const std::string& words, const std::string& more = "") {
  return R"({"type":"message","direction":"out","id":")" + id +
         R"(","from":{"address":"whatsapp:1"},"to":[{"address":"whatsapp:336"}],"sent_at":"2026-11-21T10:00:10Z","parts":[{"type":"text","text":")" +
         words + R"("}])" + more + "}";
}

TEST_F(Mirror, MessageFromTheProvidersAppIsMirroredAsSent) {
  ASSERT_TRUE(deliver("wa", text("w1", "336", "hello")));
  ASSERT_TRUE(deliver("wa", own("app1", "hi from the phone")));
  ASSERT_TRUE(deliver("wa", own("app1", "hi from the phone")));
  ASSERT_EQ(conversations().size(), 1u);
  const auto page = reader->messages_of(conversations().at(0).conversation.id, {.limit = 10}).value();
  ASSERT_EQ(page.items.size(), 2u);
  const auto mirrored = message(page.items.at(1).head.id);
  EXPECT_EQ(mirrored.at("direction"), "out");
  EXPECT_EQ(mirrored.at("status"), "sent");
  EXPECT_EQ(host->sends(), 0u);
  ASSERT_TRUE(deliver("wa", receipt("app1", "read")));
  EXPECT_EQ(status(page.items.at(1).head.id), "read") << "its receipts are its own";
}

TEST_F(Mirror, MirroredMessageOpensNoReplyWindow) {
  ASSERT_TRUE(deliver("wa", own("app1", "hello from the phone")));
  ASSERT_EQ(conversations().size(), 1u);
  EXPECT_FALSE(reply(conversations().at(0).conversation.id, "and from here"));
}

TEST_F(Mirror, EchoOfASendThatWasAnsweredChangesNothing) {
  ASSERT_TRUE(deliver("wa", text("w1", "336", "hello")));
  const Id id = reply(conversations().at(0).conversation.id, "hi").value();
  outcome(host->nth_send(0), host::Outcome::accepted, {"out1"});
  until_status(id, "accepted");
  ASSERT_TRUE(deliver("wa", own("out1", "hi")));
  EXPECT_EQ(reader->messages({}, {.limit = 10}).value().items.size(), 2u);
}

TEST_F(Mirror, EchoThatComesBeforeTheSendsAnswerIsRecognisedByWhatItSays) {
  ASSERT_TRUE(deliver("wa", text("w1", "336", "hello")));
  const Id id = reply(conversations().at(0).conversation.id, "hi").value();
  const auto sent = host->nth_send(0);
  ASSERT_TRUE(deliver("wa", own("out1", "hi")));
  EXPECT_EQ(status(id), "sent");
  outcome(sent, host::Outcome::accepted, {"out1"});
  ASSERT_TRUE(deliver("wa", receipt("out1", "delivered")));
  until_status(id, "delivered");
  EXPECT_EQ(reader->messages({}, {.limit = 10}).value().items.size(), 2u);
}

TEST_F(Mirror, EchoIsRecognisedByOurCorrelation) {
  ASSERT_TRUE(deliver("wa", text("w1", "336", "hello")));
  const Id id = reply(conversations().at(0).conversation.id, "hi").value();
  const auto sent = host->nth_send(0);
  ASSERT_TRUE(deliver("wa", own("out1", "hi, with a shortened link", R"(,"correlation":")" + to_string(id) + "\"")));
  outcome(sent, host::Outcome::unknown);
  until_status(id, "sent");
  EXPECT_EQ(reader->messages({}, {.limit = 10}).value().items.size(), 2u);
}

TEST_F(Mirror, EchoThatSaysSomethingElseWaitsForTheAnswerOfWhatIsBeingSent) {
  ASSERT_TRUE(deliver("wa", text("w1", "336", "hello")));
  const Id id = reply(conversations().at(0).conversation.id, "see https://example.com/long").value();
  const auto sent = host->nth_send(0);
  ASSERT_TRUE(deliver("wa", own("out1", "see https://t.co/x")));
  ASSERT_TRUE(deliver("wa", own("app1", "typed on the phone")));
  EXPECT_EQ(reader->messages({}, {.limit = 10}).value().items.size(), 2u);
  outcome(sent, host::Outcome::accepted, {"out1"});
  until_status(id, "accepted");
  clock.advance(std::chrono::minutes{2});
  ASSERT_TRUE(deliver("wa", text("w2", "336", "thanks")));
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (count_events("message.received") < 3u && std::chrono::steady_clock::now() < end)
    committer->run([](store::Unit&) -> Result<void> { return {}; });
  EXPECT_EQ(reader->messages({}, {.limit = 10}).value().items.size(), 4u) << "only what was typed on the phone is new";
}

TEST_F(Mirror, ReadUpToHereReachesEarlierMessagesAndNoFailedOnes) {
  ASSERT_TRUE(deliver("wa", text("w1", "336", "hello")));
  const Id conversation = conversations().at(0).conversation.id;
  const Id first = reply(conversation, "one").value();
  outcome(host->nth_send(0), host::Outcome::accepted, {"o1"});
  until_status(first, "accepted");
  const Id second = reply(conversation, "two").value();
  outcome(host->nth_send(1), host::Outcome::rejected);
  until_status(second, "failed");
  const Id third = reply(conversation, "three").value();
  outcome(host->nth_send(2), host::Outcome::accepted, {"o3"});
  until_status(third, "accepted");
  ASSERT_TRUE(deliver("wa", receipt("o3", "read", R"(,"through":true)")));
  EXPECT_EQ(status(third), "read");
  EXPECT_EQ(status(first), "read");
  EXPECT_EQ(status(second), "failed");
}

TEST_F(Mirror, DeletedMessageKeepsNothingOfWhatItSaid) {
  const auto sha = media->put("PNG").value();
  ASSERT_TRUE(deliver(
      "mail",
      R"({"type":"message","id":"m1","from":{"address":"mailto:a@x"},"subject":"secret","html":"<b>secret</b>","new_text":"secret","extra":{"k":"secret"},"parts":[{"type":"text","text":"secret"},{"type":"media","media_type":"image/png","name":"secret.png","blob":")" +
          sha + R"("}]})"));
  const Id id = reader->messages({}, {.limit = 1}).value().items.at(0).head.id;
  const auto file = *parse_id(std::string(message(id).at("parts").at(1).at("id").as_string()));
  ASSERT_TRUE(reader->media(file).value());
  ASSERT_TRUE(deliver("mail", R"({"type":"deleted","id":"m1"})"));
  EXPECT_EQ(boost::json::serialize(message(id)).find("secret"), std::string::npos)
      << boost::json::serialize(message(id));
  EXPECT_FALSE(reader->media(file).value()) << "its file cannot be fetched any more";
}

}  // namespace
}  // namespace jackfield::flow
