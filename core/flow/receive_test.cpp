#include "flow/flow_fixture.hpp"

namespace jackfield::flow {
namespace {

using Inbound = FlowTest;

TEST_F(Inbound, RedeliveryIsStoredOnceAtOnceAndAfterARestart) {
  ASSERT_TRUE(deliver("wa", text("w1", "336", "hello")));
  ASSERT_TRUE(deliver("wa", text("w1", "336", "hello")));
  reopen();
  ASSERT_TRUE(deliver("wa", text("w1", "336", "hello")));
  EXPECT_EQ(count_events("message.received"), 1u);
  EXPECT_EQ(conversations().size(), 1u);
}

TEST_F(Inbound, RedeliveriesInParallelAreStoredOnce) {
  std::vector<std::future<Result<void>>> all;
  for (int i = 0; i < 200; ++i) all.push_back(deliver_later("wa", text("w" + std::to_string(i % 10), "336", "hello")));
  for (auto& one : all) EXPECT_TRUE(one.get());
  EXPECT_EQ(count_events("message.received"), 10u);
  EXPECT_EQ(flow->stats().duplicates, 190u);
}

TEST_F(Inbound, FirstMessagesOfOneSenderInOneGroupMakeOneContact) {
  std::vector<std::future<Result<void>>> all;
  for (int i = 0; i < 50; ++i) all.push_back(deliver_later("wa", text("w" + std::to_string(i), "336", "hello")));
  for (auto& one : all) EXPECT_TRUE(one.get());
  EXPECT_EQ(count_events("contact.created"), 1u);
  EXPECT_EQ(count_events("conversation.opened"), 1u);
  EXPECT_EQ(count_events("message.received"), 50u);
}

TEST_F(Inbound, OneBadItemInABatchOfFiftySpoilsNothingAndIsKept) {
  std::string batch = "[";
  for (int i = 0; i < 50; ++i)
    batch += (i ? "," : "") +
             (i == 17 ? R"({"type":"message","id":17})" : text("w" + std::to_string(i), std::to_string(i), "x"));
  ASSERT_TRUE(deliver("wa", batch + "]"));
  EXPECT_EQ(count_events("message.received"), 49u);
  ASSERT_EQ(dead_letters().size(), 1u);
  EXPECT_NE(dead_letters()[0].reason.find("id must be a string"), std::string::npos) << dead_letters()[0].reason;
  EXPECT_NE(dead_letters()[0].raw.find("17"), std::string::npos);
}

TEST_F(Inbound, WhatIsNotJsonIsRefused) { EXPECT_EQ(deliver("wa", "{nope").error().code, Errc::invalid); }

TEST_F(Inbound, UndecodableInputIsKeptAndReplayedAfterAnUpgrade) {
  ASSERT_TRUE(deliver("wa", R"({"type":"undecodable","reason":"strange","raw":"RAW"})"));
  ASSERT_EQ(dead_letters().size(), 1u);
  const Id letter = dead_letters()[0].id;
  EXPECT_EQ(replay(letter).error().code, Errc::conflict);
  host->replayed = [](std::string raw) -> Result<std::string> {
    EXPECT_EQ(raw, "RAW");
    return "[" + text("w9", "336", "at last") + "]";
  };
  EXPECT_TRUE(replay(letter));
  EXPECT_EQ(count_events("message.received"), 1u);
  EXPECT_EQ(replay(letter).error().code, Errc::conflict) << "a second replay is refused";
}

TEST_F(Inbound, RedeliveredUndecodableInputIsKeptOnce) {
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(deliver("wa", R"({"type":"undecodable","reason":"strange","raw":"RAW"})"));
  EXPECT_EQ(dead_letters().size(), 1u);
}

TEST_F(Inbound, EditThatCameBeforeItsMessageIsReplayedOnlyWhenItIsThere) {
  ASSERT_TRUE(deliver("wa", R"({"type":"edited","id":"w1","parts":[{"type":"text","text":"hello"}]})"));
  ASSERT_EQ(dead_letters().size(), 1u);
  const Id letter = dead_letters()[0].id;
  EXPECT_EQ(replay(letter).error().code, Errc::conflict);
  ASSERT_TRUE(deliver("wa", text("w1", "336", "helo")));
  EXPECT_TRUE(replay(letter));
  EXPECT_EQ(count_events("message.edited"), 1u);
}

TEST_F(Inbound, AnswersGoWhereTheSenderWantsThem) {
  ASSERT_TRUE(deliver(
      "mail",
      R"({"type":"message","id":"m1@x","from":{"address":"mailto:noreply@x"},"parts":[{"type":"text","text":"form"}],"extra":{"reply_to":{"address":"mailto:ana@x"}}})"));
  reply(conversations().at(0).conversation.id, "answer").value();
  EXPECT_EQ(host->nth_send(0).message.at("to").at(0).at("address"), "mailto:ana@x");
}

TEST_F(Inbound, EventOfASiblingAccountGoesToThatChannelAndOfNobodyIsKept) {
  auto with_account = [](const std::string& id, const std::string& account) {
    return R"({"type":"message","account":")" + account + R"(","id":")" + id +
           R"(","from":{"address":"whatsapp:3"},"parts":[{"type":"text","text":"x"}]})";
  };
  ASSERT_TRUE(deliver("wa", "[" + with_account("a", "other") + "," + with_account("b", "nobody") + "]"));
  ASSERT_EQ(conversations().size(), 1u);
  EXPECT_EQ(conversations()[0].conversation.channels[0].channel, "wa2");
  ASSERT_EQ(dead_letters().size(), 1u);
  EXPECT_EQ(dead_letters()[0].reason, "no channel has the account nobody");
}

TEST_F(Inbound, AnsweringMailJoinsItsConversationAndAStrangerWhoKnowsTheIdDoesNot) {
  ASSERT_TRUE(deliver("mail", mail("m1@x", "ana@x", "")));
  ASSERT_TRUE(deliver("mail", mail("m2@x", "ana@x", R"("m1@x")")));
  EXPECT_EQ(conversations().size(), 1u);
  ASSERT_TRUE(deliver("mail", mail("m3@x", "mallory@x", R"("m1@x")")));
  EXPECT_EQ(conversations().size(), 2u);
  ASSERT_TRUE(deliver("mail", mail("m4@x", "ana@x", "")));
  EXPECT_EQ(conversations().size(), 3u) << "a mail that answers nothing is a new conversation";
}

TEST_F(Inbound, ConversationOfAContactGoesOnUntilItIsClosed) {
  ASSERT_TRUE(deliver("wa", text("w1", "336", "one")));
  ASSERT_TRUE(deliver("wa", text("w2", "336", "two")));
  ASSERT_EQ(conversations().size(), 1u);
  const Id first = conversations()[0].conversation.id;
  ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
    ConversationPatch closing;
    closing.state = ConversationState::closed;
    auto done = patch(unit, env, first, closing);
    return done ? Result<Answer>(Answer{}) : Result<Answer>(done.error());
  }));
  ASSERT_TRUE(deliver("wa", text("w3", "336", "three")));
  EXPECT_EQ(conversations().size(), 2u);
}

TEST_F(Inbound, AttestedTelephoneJoinsAcrossChannelsOnlyWhereConfigured) {
  auto with_tel = [](const std::string& id, const std::string& from) {
    return R"({"type":"message","id":")" + id + R"(","from":{"address":"whatsapp:)" + from +
           R"(","evidence":"attested","also":[{"address":"tel:+33","evidence":"attested"}]},"parts":[{"type":"text","text":"x"}]})";
  };
  ASSERT_TRUE(deliver("wa", with_tel("a", "1")));
  ASSERT_TRUE(deliver("wa2", with_tel("b", "2")));
  EXPECT_EQ(count_events("contact.created"), 2u);
  config_.join_on = {"tel"};
  ASSERT_TRUE(flow->configure(config_, manifests()));
  ASSERT_TRUE(deliver("wa2", with_tel("c", "3")));
  EXPECT_EQ(count_events("contact.created"), 2u) << "the third joins the contact that holds the number";
}

TEST_F(Inbound, ConnectorsStateCommitsWithItsMessages) {
  ASSERT_TRUE(deliver("mail", "[" + mail("m1@x", "ana@x", "") + "]", R"({"cursor":"42"})"));
  std::promise<Result<std::string>> promise;
  flow->kv_get("mail", "cursor", [&](Result<std::string> r) { promise.set_value(std::move(r)); });
  EXPECT_EQ(promise.get_future().get().value(), "42");
}

TEST_F(Inbound, EditIsAnEventOnTheMessageAndNoNewConversation) {
  ASSERT_TRUE(deliver("wa", text("w1", "336", "helo")));
  ASSERT_TRUE(deliver("wa", R"({"type":"edited","id":"w1","parts":[{"type":"text","text":"hello"}]})"));
  ASSERT_TRUE(deliver("wa", R"({"type":"reaction","id":"w1","emoji":"x","dedupe":"r1"})"));
  ASSERT_TRUE(deliver("wa", R"({"type":"reaction","id":"w1","emoji":"x","dedupe":"r1"})"));
  EXPECT_EQ(count_events("message.edited"), 1u);
  EXPECT_EQ(count_events("message.reaction"), 1u);
  EXPECT_EQ(conversations().size(), 1u);
}

TEST_F(Inbound, PendingMediaIsFetchedAndItsJobSurvivesARestart) {
  ASSERT_TRUE(deliver(
      "wa",
      R"({"type":"message","id":"w1","from":{"address":"whatsapp:1"},"parts":[{"type":"media","media_type":"image/png","source":{"id":"7"},"state":"pending"}]})"));
  auto wait_fetch = [&](std::size_t n) {
    std::unique_lock lock(host->mutex);
    EXPECT_TRUE(host->changed.wait_for(lock, kPatience, [&] { return host->fetches.size() > n; }));
    return host->fetches.at(n);
  };
  wait_fetch(0);
  reopen();                                // while it was being fetched
  clock.advance(std::chrono::minutes{5});  // the lease is over
  ASSERT_TRUE(deliver("wa", text("w2", "1", "still there?")));
  const auto again = wait_fetch(0);
  const auto sha = media->put("PNG").value();
  flow->fetch_done("wa", {again.token, host::Outcome::accepted, Millis{0}, sha, "", ""});
  const Id id = reader->messages({}, {.limit = 10}).value().items.back().head.id;
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (message(id).at("parts").at(0).at("state") != "ready" && std::chrono::steady_clock::now() < end)
    committer->run([](store::Unit&) -> Result<void> { return {}; });
  EXPECT_EQ(message(id).at("parts").at(0).at("state"), "ready");
  EXPECT_EQ(message(id).at("parts").at(0).at("size"), 3);
  EXPECT_EQ(count_events("message.media"), 1u);
}

TEST_F(Inbound, ImagesOfAMailAreShownFromTheStoredFile) {
  const auto blob = media->put("image bytes");
  ASSERT_TRUE(blob);
  ASSERT_TRUE(deliver("mail", R"({"type":"message","id":"h1@x","dedupe":"h1","from":{"address":"mailto:ana@x"},"html":"<p><img src=\"cid:logo@x\"></p>",)"
                              R"("parts":[{"type":"text","text":"see"},{"type":"media","media_type":"image/png","content_id":"logo@x","disposition":"inline","state":"ready","size":11,"blob":")" +
                                  *blob + R"("}]})"));
  const auto id = reader->messages_of(conversations().front().conversation.id, {.limit = 1, .cursor = ""}).value().items.front().head.id;
  const auto stored = message(id);
  const std::string file(stored.at("parts").as_array()[1].as_object().at("id").as_string());
  EXPECT_EQ(stored.at("html").as_string(), "<p><img src=\"/v1/media/" + file + "\"></p>");
}

}  // namespace
}  // namespace jackfield::flow
