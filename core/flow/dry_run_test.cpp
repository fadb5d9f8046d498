#include "base/crypto.hpp"
#include "flow/convert.hpp"
#include "flow/flow_fixture.hpp"
#include "flow/media_links.hpp"

namespace jackfield::flow {
namespace {

namespace json = boost::json;
using Outgoing = FlowTest;

std::string sms_text(const std::string& id) {
  return R"({"type":"message","id":")" + id +
         R"(","from":{"address":"tel:+33612345678","evidence":"attested"},"parts":[{"type":"text","text":"hello"}]})";
}

json::array parts_of(std::string_view text) { return json::parse(text).as_array(); }

TEST(Convert, WhatAChannelCannotCarryIsReadableText) {
  auto parts = parts_of(
      R"([{"type":"choices","text":"Which?","options":[{"id":"a","title":"Red"},{"id":"b","title":"Blue","description":"like the sea"}]},
    {"type":"location","latitude":48.8584,"longitude":2.2945,"name":"Tour Eiffel","address":"Paris"},
    {"type":"contact","name":"Ana","organization":"ACME","phones":["+33612345678"],"emails":["ana@example.com"]},
    {"type":"text","text":"stays"}])");
  const auto converted = convert(parts, {"choices", "location", "contact"});
  EXPECT_EQ(parts.at(0).at("text"), "Which?\n1. Red\n2. Blue (like the sea)");
  EXPECT_EQ(parts.at(1).at("text"), "Tour Eiffel\nParis\nhttps://www.openstreetmap.org/?mlat=48.8584&mlon=2.2945");
  EXPECT_EQ(parts.at(2).at("text"), "Ana\nACME\n+33612345678\nana@example.com");
  EXPECT_EQ(parts.at(3).at("text"), "stays");
  ASSERT_EQ(converted.size(), 3u);
  EXPECT_EQ(converted.at(0).at("part"), 0);
  EXPECT_EQ(converted.at(0).at("was").at("type"), "choices");
}

TEST_F(Outgoing, PartsThatTheChannelCannotCarryLeaveAsTextAndTheMessageSaysSo) {
  ASSERT_TRUE(deliver("sms", sms_text("s1")));
  ReplyRequest request;
  request.parts = parts_of(R"([{"type":"choices","text":"Which?","options":[{"id":"a","title":"Red"}]}])");
  const Id id = reply(conversations().at(0).conversation.id, "", request).value();
  const auto sent = host->nth_send(0).message;
  EXPECT_EQ(sent.at("parts").at(0).at("type"), "text");
  EXPECT_EQ(sent.at("text"), "Which?\n1. Red");
  EXPECT_EQ(message(id).at("converted").at(0).at("was").at("options").at(0).at("id"), "a");
}

TEST_F(Outgoing, MessageNamesItsAuthorAndAllAddressesOfTheContactOnThatChannel) {
  ASSERT_TRUE(deliver(
      "wa",
      R"({"type":"message","id":"w1","from":{"address":"whatsapp:336","name":"Ana","evidence":"attested","also":[{"address":"whatsapp:FR.1","scope":"WABA","evidence":"attested"},{"address":"tel:+336","evidence":"attested"}]},"sent_at":"2026-11-21T10:00:00Z","parts":[{"type":"text","text":"x"}]})"));
  ReplyRequest request;
  request.author = "bob";
  reply(conversations().at(0).conversation.id, "hi", request).value();
  const auto sent = host->nth_send(0).message;
  EXPECT_EQ(sent.at("author").at("name"), "bob");
  EXPECT_FALSE(sent.contains("automatic"));
  ASSERT_EQ(sent.at("addresses").as_array().size(), 2u);
  EXPECT_EQ(sent.at("addresses").at(1).at("scope"), "WABA");
}

TEST_F(Outgoing, DryRunTellsEveryReasonAndChangesNothing) {
  ASSERT_TRUE(deliver("wa", text("w1", "336", "hello")));
  clock.advance(std::chrono::hours{25});
  const auto before = event_types().size();
  DryRun told;
  ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
    ReplyRequest request;
    request.text = std::string(5000, 'x');
    auto run = dry_run_reply(unit, env, conversations().at(0).conversation.id, request);
    if (!run) return run.error();
    told = std::move(*run);
    return Answer{};
  }));
  EXPECT_EQ(told.told.at("sendable"), false);
  EXPECT_EQ(told.told.at("problems").at(0).at("class"), "content");
  EXPECT_EQ(told.told.at("problems").at(1).at("class"), "window-closed");
  EXPECT_EQ(told.told.at("window").at("template_needed"), true);
  EXPECT_EQ(json::parse(told.message).at("text").as_string().size(), 5000u);
  EXPECT_EQ(event_types().size(), before);
  EXPECT_EQ(host->sends(), 0u);
}

TEST_F(Outgoing, DryRunOfAStartMakesNoContact) {
  ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
    ReplyRequest request;
    request.text = "hello";
    auto run = dry_run_start(unit, env, "sms", "+33612345678", request);
    EXPECT_TRUE(run) << run.error().message;
    EXPECT_EQ(run->told.at("sendable"), true);
    return Answer{};
  }));
  EXPECT_EQ(count_events("contact.created"), 0u);
}

TEST_F(Outgoing, WindowIsCountedFromTheProvidersTimeAndNeverFromTheFuture) {
  ASSERT_TRUE(deliver(
      "wa",
      R"({"type":"message","id":"w1","from":{"address":"whatsapp:336","evidence":"attested"},"sent_at":"2030-01-01T00:00:00Z","parts":[{"type":"text","text":"x"}]})"));
  clock.advance(std::chrono::hours{24});
  EXPECT_FALSE(reply(conversations().at(0).conversation.id, "late"));
}

TEST_F(Outgoing, FilesLeaveWithAnAddressThatProvesItselfForADay) {
  config_.public_url = "https://contact.example.com";
  ASSERT_TRUE(flow->configure(config_, manifests()));
  const auto links = flow->environment()->links;
  ASSERT_TRUE(links);
  const std::string url = links->url(Id{42}, clock.now());
  ASSERT_TRUE(url.starts_with("https://contact.example.com/media/" + to_string(Id{42}) + "?expires=")) << url;
  const auto expires = url.substr(url.find("expires=") + 8, 10), signature = url.substr(url.find("signature=") + 10);
  EXPECT_TRUE(links->allows(Id{42}, expires, signature, clock.now()));
  EXPECT_FALSE(links->allows(Id{43}, expires, signature, clock.now()));
  EXPECT_FALSE(links->allows(Id{42}, std::to_string(std::stoll(expires) + 1), signature, clock.now()));
  EXPECT_FALSE(links->allows(Id{42}, expires, std::string(64, '0'), clock.now()));
  EXPECT_TRUE(links->allows(Id{42}, expires, signature, clock.now() + std::chrono::hours{24}));
  EXPECT_FALSE(links->allows(Id{42}, expires, signature, clock.now() + std::chrono::hours{26}));
  reopen();
  ASSERT_TRUE(flow->configure(config_, manifests()));
  EXPECT_TRUE(flow->environment()->links->allows(Id{42}, expires, signature, clock.now())) << "the key is kept";
}

TEST_F(Outgoing, FileOfAnotherQueueCannotBeSentOn) {
  const auto sha = media->put("PNG").value();
  ASSERT_TRUE(deliver(
      "mail",
      R"({"type":"message","id":"m1","from":{"address":"mailto:a@x"},"parts":[{"type":"media","media_type":"image/png","blob":")" +
          sha + R"("}]})"));
  ASSERT_TRUE(deliver("mail", mail("m2", "b@x", "")));
  const auto all = reader->messages({}, {.limit = 10}).value().items;
  const auto file = message(all.at(1).head.id).at("parts").at(0).at("id").as_string();
  ReplyRequest request;
  request.parts = json::array{json::object{{"type", "media"}, {"id", file}}};
  request.token = "ana";
  request.queues = {"billing"};
  EXPECT_FALSE(reply(all.at(0).head.conversation, "", request)) << "the file came into queue general";
  request.queues = {"general"};
  const Id sent = reply(all.at(0).head.conversation, "", request).value();
  EXPECT_NE(message(sent).at("parts").at(0).at("id").as_string(), file)
      << "it is named once more, for those who see this message";
}

}  // namespace
}  // namespace jackfield::flow
