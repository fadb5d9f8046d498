// One customer over several channels: which conversation goes on, what stays private, and where they can be reached.
#include "flow/erase.hpp"
#include "flow/flow_fixture.hpp"
#include "flow/merge.hpp"
#include "flow/reach.hpp"

namespace jackfield::flow {
namespace {

class Continuity : public FlowTest {
 protected:
  void SetUp() override {
    FlowTest::SetUp();
    config_.join_on = {"tel"};
    config_.queues = {{"general"}, {"social"}};
    RuleSpec loud{.name = "loud"};
    loud.when.visibility = Visibility::public_;
    loud.to = "social";
    config_.rules = {loud};
    configure();
  }
  // WhatsApp, SMS and mail as the fixture has them, and one with a public side.
  void configure() {
    auto all = manifests();
    host::Manifest twitter;
    twitter.id = twitter.name = "twitter";
    twitter.scheme = "twitter";
    twitter.visibility = {"private", "public"};
    twitter.parts_out = {"text"};
    all["tw"] = twitter;
    all["wa"].attests = {"tel"};
    all["sms"].attests = {"tel"};
    host::Manifest news;
    news.id = news.name = "news";
    news.scheme = "news";
    news.sends = false;
    all["news"] = news;
    ASSERT_TRUE(flow->configure(config_, all));
  }
  // The same policy for these channels.
  void policy(std::vector<std::string> channels, ConversationScope scope, Millis reopen = Millis{0}) {
    for (const auto& name : channels)
      config_.channels[name] = {.name = name, .plugin = name, .scope = scope, .reopen = reopen};
    configure();
  }

  std::string event(const std::string& address, const std::string& more = "", const std::string& also = "") {
    const std::string id = "e" + std::to_string(++last_);
    return R"({"type":"message","id":")" + id + R"(","from":{"address":")" + address +
           R"(","name":"Ana","evidence":"attested")" + also + "}," + more + R"("parts":[{"type":"text","text":"help )" +
           id + R"("}]})";
  }
  // What comes in makes or joins a conversation; which.
  Id comes(const std::string& channel, const std::string& json) {
    EXPECT_TRUE(deliver(channel, json));
    for (const auto& row : reader->messages({}, {.limit = 1, .cursor = ""}).value().items) return row.head.conversation;
    return Id{};
  }
  Id whatsapp(const std::string& digits) {
    return comes("wa", event("whatsapp:" + digits, "",
                             R"(,"also":[{"address":"tel:+)" + digits + R"(","evidence":"attested"}])"));
  }
  Id sms(const std::string& digits) { return comes("sms", event("tel:+" + digits)); }
  Id mails(const std::string& who) { return comes("mail", event("mailto:" + who)); }
  Id tweets(const std::string& user, const std::string& thread = "900") {
    return comes("tw", event("twitter:" + user, R"("visibility":"public","thread":")" + thread + R"(",)"));
  }
  Id writes_privately(const std::string& user) {
    return comes("tw", event("twitter:" + user, R"("visibility":"private",)"));
  }

  Conversation now(Id id) { return reader->conversation(id).value()->conversation; }
  void close_it(Id id) {
    ConversationPatch fields;
    fields.state = ConversationState::closed;
    ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
      auto done = patch(unit, env, id, fields);
      if (!done) return done.error();
      return Answer{};
    }));
  }
  void assign(Id id, const std::string& agent) {
    ConversationPatch fields;
    fields.assignee = agent;
    ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
      auto done = patch(unit, env, id, fields);
      if (!done) return done.error();
      return Answer{};
    }));
  }
  void joins(Id contact, const std::string& address) {
    ASSERT_TRUE(write([&](store::Unit& unit, const Environment&) -> Result<Answer> {
      unit.add_address(*unit.contact(contact), Address{.uri = address});
      return Answer{};
    }));
  }
  Result<Id> say(Id id, ReplyRequest request = {}) { return reply(id, "answer", std::move(request)); }
  Result<Id> say_on(Id id, const std::string& channel) {
    ReplyRequest request;
    request.channel = channel;
    return say(id, std::move(request));
  }
  Result<Id> say_in(Id id, Visibility side) {
    ReplyRequest request;
    request.visibility = side;
    return say(id, std::move(request));
  }
  std::string seen_by(Result<Id> message_id) {
    return message_id ? std::string(message(*message_id).at("visibility").as_string()) : message_id.error().message;
  }
  std::string left_on(Result<Id> message_id) {
    return message_id ? std::string(message(*message_id).at("channel").as_string()) : message_id.error().message;
  }
  Way way(Id conversation, const std::string& channel) {
    Way out;
    write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
      const auto* c = unit.conversation(conversation);
      const auto others = uses_in(unit.recent_conversations(c->contact, kLookedThrough), c->id);
      for (auto& each : ways_to(env, unit.contact(c->contact), c, others, env.clock.now()))
        if (each.channel->policy.name == channel) out = each;
      out.channel = nullptr;
      return Answer{};
    });
    return out;
  }
  std::string decision(Id id) { return reader->decision(id).value(); }
  int last_ = 0;
};

// --- policies over two and three connectors

TEST_F(Continuity, ByContactIsOneConversationOverAllItsChannels) {
  const Id first = whatsapp("33611");
  EXPECT_EQ(sms("33611"), first);
  EXPECT_EQ(comes("sms2", event("tel:+33611")), first);
  const auto c = now(first);
  ASSERT_EQ(c.channels.size(), 3u);
  EXPECT_EQ(c.channels.front().channel, "sms2");
  EXPECT_NE(sms("33622"), first) << "somebody else's is another";
}

TEST_F(Continuity, ByChannelIsOneConversationOnEach) {
  policy({"wa", "sms", "sms2"}, ConversationScope::channel);
  const Id first = whatsapp("33611"), second = sms("33611");
  EXPECT_NE(first, second);
  EXPECT_EQ(now(first).contact, now(second).contact);
  EXPECT_EQ(whatsapp("33611"), first);
  EXPECT_EQ(sms("33611"), second);
  EXPECT_NE(comes("sms2", event("tel:+33611")), second);
}

TEST_F(Continuity, ByThreadIsOneConversationForEachMatter) {
  const Id first = mails("ana@x"), second = mails("ana@x");
  EXPECT_NE(first, second);
  EXPECT_EQ(comes("mail", event("mailto:ana@x", R"("threads":["e1"],)")), first);
  policy({"mail"}, ConversationScope::contact);
  const Id third = mails("ana@x");
  EXPECT_EQ(mails("ana@x"), third);
}

TEST_F(Continuity, PoliciesOfChannelsMixAsEachSays) {
  policy({"sms"}, ConversationScope::channel);
  const Id shared = whatsapp("33611"), apart = sms("33611");
  EXPECT_NE(shared, apart);
  EXPECT_EQ(comes("sms2", event("tel:+33611")), shared);
  joins(now(shared).contact, "mailto:ana@x");
  const Id mail = mails("ana@x");
  EXPECT_NE(mail, shared);
  EXPECT_EQ(now(mail).contact, now(shared).contact);
}

TEST_F(Continuity, AClosedOneIsReopenedByAnyChannelOfTheContactWithinItsTime) {
  policy({"wa"}, ConversationScope::contact, std::chrono::hours{2});
  const Id id = whatsapp("33611");
  close_it(id);
  clock.advance(std::chrono::hours{1});
  EXPECT_EQ(whatsapp("33611"), id);
  EXPECT_EQ(now(id).state, ConversationState::open);
  close_it(id);
  clock.advance(std::chrono::hours{1});
  EXPECT_NE(sms("33611"), id) << "SMS has no time to reopen";
  close_it(whatsapp("33611"));
  clock.advance(std::chrono::hours{3});
  EXPECT_NE(whatsapp("33611"), id);
}

// --- from public to private

TEST_F(Continuity, APublicComplaintGoesOnPrivatelyAsOneStory) {
  const Id id = tweets("5");
  assign(id, "ana");
  EXPECT_EQ(now(id).queue, "social");
  ASSERT_EQ(seen_by(say(id)), "public");
  EXPECT_EQ(writes_privately("5"), id);
  const auto c = now(id);
  EXPECT_EQ(c.queue, "social") << "the rules send private messages elsewhere";
  EXPECT_EQ(c.assignee, "ana");
  EXPECT_NE(decision(id).find("it keeps its queue"), std::string::npos) << decision(id);
  EXPECT_EQ(boost::json::parse(conversation_to_json(c, nullptr, "")).at("visibility"), "both");
  EXPECT_EQ(writes_privately("5"), id);
  EXPECT_NE(writes_privately("6"), id);
}

TEST_F(Continuity, WhatIsSaidPrivatelyIsNeverAnsweredInPublicUnlessChosen) {
  const Id id = tweets("5");
  writes_privately("5");
  EXPECT_EQ(seen_by(say(id)), "private");
  EXPECT_EQ(seen_by(say_in(id, Visibility::public_)), "public");
  tweets("5");
  EXPECT_NE(seen_by(say(id)).find("a public and a private side"), std::string::npos);
  EXPECT_EQ(seen_by(say_in(id, Visibility::private_)), "private");
  EXPECT_EQ(seen_by(say_in(id, Visibility::public_)), "public");
}

TEST_F(Continuity, APrivateMessageThatIsNamedIsNotAnsweredInPublic) {
  const Id id = tweets("5");
  writes_privately("5");
  ReplyRequest request;
  request.reply_to = now(id).channels.front().last_private;
  EXPECT_EQ(seen_by(say(id, request)), "private");
  request.visibility = Visibility::public_;
  EXPECT_NE(seen_by(say(id, request)).find("not answered in public"), std::string::npos);
  request.visibility.reset();
  request.reply_to = now(id).channels.front().last_public;
  EXPECT_EQ(seen_by(say(id, request)), "public") << "naming a public message is choosing";
  const Id only_private = writes_privately("7");
  EXPECT_NE(seen_by(say_in(only_private, Visibility::public_)).find("nobody wrote in public"), std::string::npos);
}

TEST_F(Continuity, WeMayBeTheFirstToSpeakPrivately) {
  const Id id = tweets("5");
  const auto said = say_in(id, Visibility::private_);
  ASSERT_EQ(seen_by(said), "private");
  EXPECT_TRUE(message(*said).at("quoted").is_null()) << "the public post is not carried over";
  EXPECT_EQ(writes_privately("5"), id);
}

TEST_F(Continuity, WhatWasAnsweredInPublicAndClosedIsTakenUpAgainForADay) {
  const Id id = tweets("5");
  assign(id, "ana");
  ASSERT_TRUE(say(id));
  clock.advance(Millis{1000});
  close_it(id);
  clock.advance(std::chrono::hours{20});
  EXPECT_EQ(writes_privately("5"), id);
  EXPECT_EQ(now(id).queue, "social");
  EXPECT_EQ(now(id).work.last_agent, "ana") << "who had it is asked first";
  EXPECT_EQ(now(id).state, ConversationState::open);
  EXPECT_NE(now(id).work.order, 0);
  close_it(id);
  clock.advance(std::chrono::hours{30});
  const Id later = writes_privately("5");
  EXPECT_NE(later, id);
  EXPECT_EQ(now(later).queue, "general");
}

TEST_F(Continuity, WhatWasClosedWithoutAnAnswerIsNotTakenUp) {
  const Id id = tweets("5");
  close_it(id);
  EXPECT_NE(writes_privately("5"), id);
}

TEST_F(Continuity, AnOpenPrivateConversationComesBeforeAPublicOne) {
  const Id quiet = writes_privately("5"), loud = tweets("5");
  EXPECT_NE(quiet, loud);
  EXPECT_EQ(writes_privately("5"), quiet);
  close_it(quiet);
  EXPECT_EQ(writes_privately("5"), loud);
}

TEST_F(Continuity, APublicComplaintGoesOnOverAnotherChannelOfTheContact) {
  const Id id = tweets("5");
  joins(now(id).contact, "whatsapp:33611");
  EXPECT_EQ(whatsapp("33611"), id);
  EXPECT_EQ(left_on(say(id)), "wa");
  policy({"sms"}, ConversationScope::channel);
  EXPECT_NE(sms("33611"), id) << "conversations of this channel are its own";
  EXPECT_NE(mails("ana@x"), id);
}

TEST_F(Continuity, AnAutomaticAnswerKeepsToTheSideOfItsMessage) {
  RuleSpec hello{.name = "hello"};
  hello.reply = {{"", "We are on it"}};
  config_.rules.push_back(hello);
  configure();
  const Id id = tweets("5");
  ASSERT_TRUE(say(id));
  writes_privately("5");
  std::vector<std::string> sides;
  for (const auto& row : reader->messages_of(id, {.limit = 100, .cursor = ""}).value().items)
    if (row.head.direction == Direction::out) sides.emplace_back(name_of(row.head.visibility));
  EXPECT_EQ(sides, (std::vector<std::string>{"public", "private"}));
}

TEST_F(Continuity, MovesWithItsContactAndEndsWithIt) {
  const Id id = tweets("5"), other = whatsapp("33611");
  const Id into = now(other).contact, from = now(id).contact;
  close_it(other);
  ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
    auto merged = merge_contacts(unit, env, into, from, {R"({"by":"hand"})", "api"});
    if (!merged) return merged.error();
    return Answer{};
  }));
  EXPECT_EQ(whatsapp("33611"), id);
  ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
    auto gone = erase_contact(unit, env, into, "api");
    if (!gone) return gone.error();
    return Answer{};
  }));
  EXPECT_NE(writes_privately("5"), id);
}

TEST_F(Continuity, OutlivesARestart) {
  const Id id = tweets("5");
  writes_privately("5");
  reopen();
  configure();
  EXPECT_EQ(writes_privately("5"), id);
  tweets("5");
  EXPECT_NE(seen_by(say(id)).find("a public and a private side"), std::string::npos);
}

// --- which channels can be used

TEST_F(Continuity, AReplyLeavesOnTheChannelOfTheLastInboundMessageUnlessChosen) {
  const Id id = whatsapp("33611");
  EXPECT_EQ(left_on(say(id)), "wa");
  sms("33611");
  EXPECT_EQ(left_on(say(id)), "sms");
  EXPECT_EQ(left_on(say_on(id, "wa")), "wa");
  EXPECT_EQ(left_on(say(id)), "sms") << "a choice is for one message";
}

TEST_F(Continuity, AChosenChannelThatTheConversationNeverHadIsTakenUp) {
  const Id id = whatsapp("33611");
  EXPECT_EQ(left_on(say_on(id, "sms")), "sms");
  EXPECT_EQ(now(id).channels.front().channel, "wa");
  EXPECT_EQ(sms("33611"), id) << "the answer goes on there";
}

TEST_F(Continuity, AMailThatIsAnsweredOverAnotherChannelGoesOnThere) {
  const Id mail = mails("ana@x");
  joins(now(mail).contact, "tel:+33611");
  const Id old = sms("33611");
  ASSERT_NE(old, mail);
  close_it(old);
  EXPECT_EQ(left_on(say_on(mail, "sms")), "sms");
  EXPECT_EQ(sms("33611"), mail);
  EXPECT_EQ(comes("mail", event("mailto:ana@x", R"("threads":["e1"],)")), mail);
}

TEST_F(Continuity, EachChannelSaysWhetherItCanBeUsedAndWhyNot) {
  const Id id = whatsapp("33611");
  EXPECT_TRUE(way(id, "wa").usable);
  EXPECT_TRUE(way(id, "wa").preferred);
  EXPECT_EQ(way(id, "wa").window.until,
            clock.now() + std::chrono::hours{24} - std::chrono::seconds{60} - std::chrono::seconds{0});
  EXPECT_TRUE(way(id, "sms").usable) << "their number is known";
  EXPECT_EQ(way(id, "sms").address, "tel:+33611");
  EXPECT_FALSE(way(id, "sms").preferred);
  EXPECT_EQ(way(id, "mail").error_class, "no-address");
  EXPECT_EQ(way(id, "tw").error_class, "no-address");
  EXPECT_EQ(way(id, "news").error_class, "receives-only");
  EXPECT_TRUE(way(id, "wa2").window.template_needed) << "they never wrote to that number of ours";
}

TEST_F(Continuity, ARefusedReplyIsRefusedWithTheSameReason) {
  const Id id = whatsapp("33611");
  for (const auto* channel : {"mail", "tw"}) {
    const auto refused = say_on(id, channel);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, way(id, channel).why_not);
  }
  ASSERT_TRUE(write([&](store::Unit& unit, const Environment&) -> Result<Answer> {
    auto& contact = *unit.contact(now(id).contact);
    for (auto& address : contact.addresses) {
      address.opt_outs.push_back({.channel = "sms", .reason = "they wrote STOP", .at = clock.now()});
      unit.changed(contact, address);
    }
    return Answer{};
  }));
  EXPECT_EQ(way(id, "sms").error_class, "opted-out");
  EXPECT_EQ(say_on(id, "sms").error().message, way(id, "sms").why_not);
}

TEST_F(Continuity, AWindowIsThePersonsInWhicheverConversationTheyWrote) {
  const Id first = whatsapp("33611");
  close_it(first);
  clock.advance(std::chrono::hours{1});
  joins(now(first).contact, "mailto:ana@x");
  const Id mail = mails("ana@x");
  EXPECT_TRUE(way(mail, "wa").usable);
  EXPECT_FALSE(way(mail, "wa").window.template_needed);
  EXPECT_EQ(left_on(say_on(mail, "wa")), "wa");
  clock.advance(std::chrono::hours{24});
  EXPECT_TRUE(way(mail, "wa").window.template_needed);
  EXPECT_FALSE(say_on(mail, "wa"));
}

TEST_F(Continuity, WithoutATemplateAClosedWindowIsTheReason) {
  const Id id = whatsapp("33611");
  clock.advance(std::chrono::hours{25});
  EXPECT_TRUE(way(id, "wa").usable) << "a template may leave";
  auto all = manifests();
  all["wa"].outside_window.clear();
  ASSERT_TRUE(flow->configure(config_, all));
  EXPECT_FALSE(way(id, "wa").usable);
  EXPECT_EQ(way(id, "wa").error_class, "window-closed");
  EXPECT_EQ(say(id).error().message, way(id, "wa").why_not);
}

}  // namespace
}  // namespace jackfield::flow
