#include "flow/survey.hpp"

#include "flow/erase.hpp"
#include "flow/flow_fixture.hpp"
#include "flow/merge.hpp"

namespace jackfield::flow {
namespace {

constexpr auto kSoon = std::chrono::minutes{6};

class Survey : public FlowTest {
 protected:
  void SetUp() override {
    SatisfactionSpec spec;
    spec.ask = {{"", "How was it, {first_name}? 1 to 5"}, {"fr", "Votre note, de 1 à 5 ?"}};
    spec.not_again_within = Millis{0};
    config_.satisfaction = spec;
    FlowTest::SetUp();
  }
  // Another configuration, as a reload brings it.
  void configure(std::function<void(SatisfactionSpec&)> change) {
    change(*config_.satisfaction);
    ASSERT_TRUE(flow->configure(config_, with_choices()));
  }
  static std::map<std::string, host::Manifest> with_choices() {
    auto out = manifests();
    for (const auto* name : {"wa", "wa2"}) out[name].parts_out.push_back("choices");
    return out;
  }
  static std::string said(const std::string& id, const std::string& from, const std::string& part,
                          const std::string& more = "") {
    return R"({"type":"message","id":")" + id + R"(","from":{"address":"whatsapp:)" + from +
           R"(","name":"Ana B","evidence":"attested"},)" + more + R"("parts":[)" + part + "]}";
  }

  Conversation now(Id id) { return reader->conversation(id).value()->conversation; }
  ConversationState state(Id id) { return now(id).state; }
  void change(Id id, ConversationState state) {
    ConversationPatch fields;
    fields.state = state;
    ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
      auto done = patch(unit, env, id, fields);
      if (!done) return done.error();
      return Answer{};
    }));
  }
  void close_it(Id id) { change(id, ConversationState::closed); }
  // The clock goes on, and what is due fires.
  void pass(Millis time) {
    clock.advance(time);
    ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
      for (auto* timer : unit.due_timers(env.clock.now(), 100))
        if (timer->kind == store::TimerKind::survey) ask_now(unit, env, *timer, env.clock.now());
      return Answer{};
    }));
  }
  // One who writes over WhatsApp, is answered, and closed.
  Id handled(const std::string& who = "1", const std::string& words = "my parcel") {
    EXPECT_TRUE(
        deliver("wa", said("in" + std::to_string(++last_), who, R"({"type":"text","text":")" + words + R"("})")));
    const Id id = newest();
    EXPECT_TRUE(reply(id, "it is on its way"));
    clock.advance(Millis{1000});
    close_it(id);
    return id;
  }
  Id asked(const std::string& who = "1") {
    const Id id = handled(who);
    pass(kSoon);
    EXPECT_NE(now(id).satisfaction.asked_at, Time{}) << decision(id);
    return id;
  }
  Id newest() {
    Id out;
    for (const auto& view : conversations()) out = std::max(out, view.conversation.id);
    return out;
  }
  static std::string said_by(const boost::json::object& message) {
    const auto* name = message.at("from").as_object().if_contains("name");
    return name ? std::string(name->as_string()) : std::string();
  }
  // Of ours that are automatic, oldest first.
  std::vector<boost::json::object> questions(Id conversation) {
    std::vector<boost::json::object> out;
    for (const auto& row : reader->messages_of(conversation, {.limit = 100, .cursor = ""}).value().items)
      if (row.head.direction == Direction::out && said_by(message(row.head.id)) == "satisfaction")
        out.push_back(message(row.head.id));
    return out;
  }
  std::size_t messages_in(Id conversation) {
    return reader->messages_of(conversation, {.limit = 100, .cursor = ""}).value().items.size();
  }
  std::string decision(Id id) { return reader->decision(id).value(); }
  boost::json::object scored() {
    boost::json::object out;
    for (const auto& view : reader->events(0, {EventType::satisfaction_scored}, 500).value())
      out = boost::json::parse(view.event.data).as_object();
    return out;
  }
  int last_ = 0;
};

TEST_F(Survey, AsksOnceAfterAPersonAnsweredAndItWasClosed) {
  const Id id = handled();
  EXPECT_TRUE(questions(id).empty());
  pass(std::chrono::minutes{4});
  EXPECT_TRUE(questions(id).empty()) << "not before its time";
  pass(std::chrono::minutes{2});
  ASSERT_EQ(questions(id).size(), 1u);
  EXPECT_EQ(questions(id)[0].at("text"), "How was it, Ana? 1 to 5");
  EXPECT_EQ(state(id), ConversationState::closed);
  pass(std::chrono::hours{1});
  EXPECT_EQ(questions(id).size(), 1u);
  EXPECT_NE(decision(id).find(R"("satisfaction":{"asked":true)"), std::string::npos);
}

TEST_F(Survey, AsksInTheLanguageOfTheConversation) {
  const Id id = handled("1", "Bonjour, je n'ai toujours pas reçu ma commande du mois dernier");
  pass(kSoon);
  ASSERT_EQ(questions(id).size(), 1u);
  EXPECT_EQ(questions(id)[0].at("text"), "Votre note, de 1 à 5 ?");
}

TEST_F(Survey, OffersChoicesWhereTheChannelHasThem) {
  configure([](auto&) {});
  const Id id = asked();
  const auto asked_for = questions(id);
  const auto& part = asked_for.at(0).at("parts").at(0).as_object();
  EXPECT_EQ(part.at("type"), "choices");
  ASSERT_EQ(part.at("options").as_array().size(), 5u);
  EXPECT_EQ(part.at("options").at(3).at("title"), "★★★★");
}

TEST_F(Survey, ListsTheNamesOfTheScaleWhereChoicesAreMadeText) {
  configure([](auto& spec) { spec.scale[""] = {"Awful", "Bad", "Fair", "Good", "Great"}; });
  ASSERT_TRUE(deliver(
      "sms",
      R"({"type":"message","id":"s1","from":{"address":"tel:+33611","name":"Ana","evidence":"attested"},"parts":[{"type":"text","text":"help"}]})"));
  const Id id = newest();
  ASSERT_TRUE(reply(id, "done"));
  clock.advance(Millis{1000});
  close_it(id);
  pass(kSoon);
  ASSERT_EQ(questions(id).size(), 1u);
  EXPECT_EQ(questions(id)[0].at("text"), "How was it, Ana? 1 to 5\n1. Awful\n2. Bad\n3. Fair\n4. Good\n5. Great");
  ASSERT_TRUE(deliver(
      "sms",
      R"({"type":"message","id":"s2","from":{"address":"tel:+33611","evidence":"attested"},"parts":[{"type":"text","text":"great!"}]})"));
  EXPECT_EQ(now(id).satisfaction.score, 5);
}

TEST_F(Survey, KeepsTheScoreWithTheConversationWhichStaysClosed) {
  const Id id = asked();
  const auto routed = count_events("conversation.routed");
  ASSERT_TRUE(deliver("wa", text("a1", "1", "4/5")));
  const auto c = now(id);
  EXPECT_EQ(c.satisfaction.score, 4);
  EXPECT_FALSE(c.satisfaction.words);
  EXPECT_EQ(c.state, ConversationState::closed);
  EXPECT_TRUE(c.tags.empty());
  EXPECT_EQ(conversations().size(), 1u);
  EXPECT_EQ(count_events("conversation.routed"), routed);
  EXPECT_EQ(scored().at("score"), 4);
  EXPECT_EQ(scored().at("queue"), "general");
  EXPECT_EQ(scored().at("channel"), "wa");
  EXPECT_EQ(messages_in(id), 4u) << "the answer is part of it";
  const auto shown = boost::json::parse(conversation_to_json(c, nullptr, "")).as_object();
  EXPECT_EQ(shown.at("satisfaction").at("score"), 4);
  ASSERT_TRUE(deliver("wa", text("a1", "1", "4/5")));
  EXPECT_EQ(count_events("satisfaction.scored"), 1u) << "a redelivery is harmless";
}

TEST_F(Survey, ReadsAChoiceOnceAndKeepsALaterOneQuietly) {
  configure([](auto&) {});
  const Id id = asked();
  const auto made = [&](const std::string& event, int score) {
    return deliver("wa", said(event, "1",
                              R"({"type":"choice","title":"★","id":"satisfaction:)" + to_string(id) + ":" +
                                  std::to_string(score) + R"("})"));
  };
  ASSERT_TRUE(made("c1", 5));
  EXPECT_EQ(now(id).satisfaction.score, 5);
  ASSERT_TRUE(made("c2", 1));
  EXPECT_EQ(now(id).satisfaction.score, 5);
  EXPECT_EQ(count_events("satisfaction.scored"), 1u);
  EXPECT_EQ(conversations().size(), 1u);
  EXPECT_EQ(messages_in(id), 5u);
}

TEST_F(Survey, TakesNobodysChoiceForAnothersConversation) {
  configure([](auto&) {});
  const Id id = asked("1");
  ASSERT_TRUE(deliver(
      "wa", said("c1", "2", R"({"type":"choice","title":"★","id":"satisfaction:)" + to_string(id) + R"(:1"})")));
  EXPECT_EQ(now(id).satisfaction.score, 0);
  EXPECT_EQ(conversations().size(), 2u);
}

TEST_F(Survey, ReadsTheAnswerOnAnotherChannelOfTheContact) {
  const Id id = asked();
  const Id contact = now(id).contact;
  ASSERT_TRUE(write([&](store::Unit& unit, const Environment&) -> Result<Answer> {
    unit.add_address(*unit.contact(contact), Address{.uri = "mailto:ana@x"});
    return Answer{};
  }));
  ASSERT_TRUE(deliver(
      "mail",
      R"({"type":"message","id":"m9","dedupe":"m9","from":{"address":"mailto:ana@x"},"subject":"Votre note","new_text":"Cinq.\n\nMerci","parts":[{"type":"text","text":"Cinq.\n\nMerci\n\n> How was it?"}]})"));
  const auto c = now(id);
  EXPECT_EQ(c.satisfaction.score, 5);
  EXPECT_TRUE(c.satisfaction.words);
  EXPECT_EQ(c.state, ConversationState::closed) << "praise needs nobody";
  EXPECT_EQ(scored().at("channel"), "mail");
  EXPECT_EQ(conversations().size(), 1u);
}

TEST_F(Survey, ReadsAReplyToTheMailThatAsks) {
  ASSERT_TRUE(deliver("mail", mail("q1", "ana@x", "")));
  const Id id = newest();
  ASSERT_TRUE(reply(id, "sent again"));
  clock.advance(Millis{1000});
  close_it(id);
  outcome(host->nth_send(0), host::Outcome::accepted, {"out1"});
  pass(kSoon);
  const auto sent = host->nth_send(1);
  outcome(sent, host::Outcome::accepted, {"ask1"});
  until_status(now(id).satisfaction.question, "accepted");
  ASSERT_TRUE(deliver(
      "mail",
      R"({"type":"message","id":"q2","dedupe":"q2","from":{"address":"mailto:ana@x"},"threads":["ask1"],"parts":[{"type":"text","text":"4 since it took a while"}]})"));
  EXPECT_EQ(now(id).satisfaction.score, 4);
  EXPECT_EQ(conversations().size(), 1u);
}

TEST_F(Survey, GivesBadNewsWithWordsToAPersonAndKeepsTheRest) {
  const Id bad = asked("1"), worse = asked("2");
  ASSERT_TRUE(deliver("wa", text("a1", "1", "1")));
  EXPECT_EQ(state(bad), ConversationState::closed) << "there is nothing to answer";
  ASSERT_TRUE(deliver("wa", text("a2", "2", "2, nobody called me back")));
  EXPECT_EQ(now(worse).satisfaction.score, 2);
  EXPECT_EQ(state(worse), ConversationState::open);
  EXPECT_NE(now(worse).work.order, 0) << "somebody is sought for it";
  EXPECT_EQ(conversations().size(), 2u);
  configure([](auto& spec) { spec.low = 0; });
  const Id kept = asked("3");
  ASSERT_TRUE(deliver("wa", text("a3", "3", "1, never again")));
  EXPECT_EQ(state(kept), ConversationState::closed);
}

TEST_F(Survey, LeavesWhatIsNoScoreAnOrdinaryMessage) {
  const Id id = asked();
  ASSERT_TRUE(deliver("wa", text("a1", "1", "5 parcels are missing")));
  EXPECT_EQ(now(id).satisfaction.score, 0);
  EXPECT_EQ(conversations().size(), 2u);
  ASSERT_TRUE(deliver("wa", text("a2", "1", "5")));
  EXPECT_EQ(now(id).satisfaction.score, 0) << "it is said to somebody who asked something else by now";
  EXPECT_EQ(messages_in(newest()), 2u);
}

TEST_F(Survey, HearsNothingThatComesTooLate) {
  const Id id = asked();
  pass(std::chrono::days{3});
  ASSERT_TRUE(deliver("wa", text("a1", "1", "5")));
  EXPECT_EQ(now(id).satisfaction.score, 0);
  EXPECT_EQ(conversations().size(), 2u);
}

TEST_F(Survey, OutlivesARestartBeforeAndAfterAsking) {
  const Id id = handled();
  reopen();
  pass(kSoon);
  ASSERT_EQ(questions(id).size(), 1u);
  reopen();
  ASSERT_TRUE(deliver("wa", text("a1", "1", "★★★")));
  EXPECT_EQ(now(id).satisfaction.score, 3);
}

TEST_F(Survey, IsNotAskedOfWhatWasReopenedMeanwhile) {
  const Id id = handled();
  change(id, ConversationState::open);
  pass(kSoon);
  EXPECT_TRUE(questions(id).empty());
  close_it(id);
  pass(kSoon);
  EXPECT_EQ(questions(id).size(), 1u) << "closed again, asked then";
}

TEST_F(Survey, OfAReopenedConversationIsAnsweredOnlyBySureAnswers) {
  configure([](auto&) {});
  const Id id = asked();
  change(id, ConversationState::open);
  ASSERT_TRUE(deliver("wa", text("a1", "1", "3")));
  EXPECT_EQ(now(id).satisfaction.score, 0) << "three of what? A person asked";
  ASSERT_TRUE(deliver(
      "wa", said("c1", "1", R"({"type":"choice","title":"★","id":"satisfaction:)" + to_string(id) + R"(:4"})")));
  EXPECT_EQ(now(id).satisfaction.score, 4);
  EXPECT_EQ(state(id), ConversationState::open);
}

TEST_F(Survey, OfTwoThatWaitTheNewestIsAnsweredFirst) {
  const Id first = asked(), second = asked();
  ASSERT_NE(first, second);
  ASSERT_TRUE(deliver("wa", text("a1", "1", "5")));
  EXPECT_EQ(now(second).satisfaction.score, 5);
  EXPECT_EQ(now(first).satisfaction.score, 0);
  ASSERT_TRUE(deliver("wa", text("a2", "1", "2")));
  EXPECT_EQ(now(first).satisfaction.score, 2);
}

TEST_F(Survey, IsNotRepeatedToTheSamePersonSoon) {
  configure([](auto& spec) { spec.not_again_within = std::chrono::days{30}; });
  asked();
  const Id second = handled();
  pass(kSoon);
  EXPECT_TRUE(questions(second).empty());
  EXPECT_NE(decision(second).find("they were asked on"), std::string::npos);
  pass(std::chrono::days{31});
  asked();
}

TEST_F(Survey, IsNotAskedWhereNobodyAnsweredOrAMachineWrites) {
  ASSERT_TRUE(deliver("wa", text("m1", "1", "hello")));
  close_it(newest());
  pass(kSoon);
  EXPECT_TRUE(questions(newest()).empty());
  ASSERT_TRUE(deliver(
      "mail",
      R"({"type":"message","id":"b1","dedupe":"b1","from":{"address":"mailto:news@x"},"automatic":"bulk","parts":[{"type":"text","text":"buy"}]})"));
  const Id bulk = newest();
  ASSERT_TRUE(reply(bulk, "no, thanks"));
  clock.advance(Millis{1000});
  close_it(bulk);
  pass(kSoon);
  EXPECT_TRUE(questions(bulk).empty());
  EXPECT_NE(decision(bulk).find("a machine wrote last"), std::string::npos);
}

TEST_F(Survey, IsNotAskedOutsideTheReplyWindow) {
  const Id id = handled();
  clock.advance(std::chrono::days{1});
  pass(kSoon);
  EXPECT_TRUE(questions(id).empty());
  EXPECT_NE(decision(id).find("reply window"), std::string::npos);
}

TEST_F(Survey, IsNotAskedOfSomebodyInAnotherMatter) {
  const Id id = handled();
  ASSERT_TRUE(deliver("wa", text("n1", "1", "and another thing")));
  pass(kSoon);
  EXPECT_TRUE(questions(id).empty());
  EXPECT_NE(decision(id).find("another open conversation"), std::string::npos);
}

TEST_F(Survey, IsTheQueuesOwnOrNone) {
  SatisfactionSpec own;
  own.ask = {{"", "Rate billing"}};
  config_.queues[0].satisfaction = own;
  configure([](auto&) {});
  EXPECT_EQ(questions(asked("1"))[0].at("text"), "Rate billing");
  config_.queues[0].asks = false;
  configure([](auto&) {});
  const Id id = handled("2");
  pass(kSoon);
  EXPECT_TRUE(questions(id).empty());
}

TEST_F(Survey, ThanksOnceWhereItIsTold) {
  configure([](auto& spec) { spec.thanks = {{"", "Thank you, {first_name}!"}}; });
  const Id id = asked();
  ASSERT_TRUE(deliver("wa", text("a1", "1", "5")));
  ASSERT_EQ(questions(id).size(), 2u);
  EXPECT_EQ(questions(id)[1].at("text"), "Thank you, Ana!");
}

TEST_F(Survey, FollowsAMergeToTheContactThatLivesOn) {
  const Id id = asked("2");
  ASSERT_TRUE(deliver("wa", text("x1", "1", "hello")));
  const Id other = newest();
  change(other, ConversationState::closed);
  const Id into = now(other).contact, from = now(id).contact;
  ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
    auto merged = merge_contacts(unit, env, into, from, {R"({"by":"hand"})", "api"});
    if (!merged) return merged.error();
    return Answer{};
  }));
  ASSERT_TRUE(deliver("wa", text("a1", "1", "5")));
  EXPECT_EQ(now(id).satisfaction.score, 5);
}

TEST_F(Survey, IsErasedWithThePersonButForTheScore) {
  const Id id = asked("1"), waits = handled("2");
  ASSERT_TRUE(deliver("wa", text("a1", "1", "2")));
  for (const Id contact : {now(id).contact, now(waits).contact})
    ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
      auto gone = erase_contact(unit, env, contact, "api");
      if (!gone) return gone.error();
      return Answer{};
    }));
  EXPECT_EQ(now(id).satisfaction.score, 2);
  EXPECT_FALSE(now(id).satisfaction.answer);
  pass(kSoon);
  EXPECT_EQ(messages_in(waits), 0u) << "nobody is asked any more";
  ASSERT_TRUE(deliver("wa", text("a9", "1", "5")));
  EXPECT_EQ(now(id).satisfaction.score, 2);
}

}  // namespace
}  // namespace jackfield::flow
