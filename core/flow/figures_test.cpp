#include "flow/figures.hpp"

#include <random>

#include "flow/agents.hpp"
#include "flow/assign.hpp"
#include "flow/figures_from_log.hpp"
#include "flow/flow_fixture.hpp"
#include "flow/merge.hpp"

namespace jackfield::flow {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const std::vector<std::string> kAgents{"ana", "ben", "cleo"};

class FiguresTest : public FlowTest {
 protected:
  void SetUp() override {
    for (const auto& name : kAgents)
      config_.agents.push_back({.name = name, .display = name, .skills = {}, .capacity = {3, 3, 1}});
    config_.assignment.presence = hours{12};
    config_.reports.timezone = "Europe/Paris";
    FlowTest::SetUp();
    CalendarSpec office{.timezone = "Europe/Paris", .week = {}, .days = {}};
    for (std::size_t i = 0; i < 5; ++i) office.week[i] = {{9 * 60, 17 * 60}};
    config_.hours["office"] = office;
    config_.queues[0].hours = "office";
    config_.queues[0].first_response = hours{1};
    config_.queues[0].resolution = hours{8};
    config_.queues[1].first_response = minutes{10};
    config_.channels["wa"].reopen = hours{2};
    reopen();
  }

  Result<Answer> decide(std::function<Result<void>(store::Unit&, const Environment&)> what) {
    return write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
      if (auto done = what(unit, env); !done) return done.error();
      return Answer{};
    });
  }
  void presence(const std::string& agent, Presence p) {
    EXPECT_TRUE(decide([&](auto& unit, auto& env) -> Result<void> {
      auto set = set_presence(unit, env, agent, p);
      return set ? Result<void>() : set.error();
    }));
  }
  Result<Answer> take(Id id, const std::string& agent) {
    return decide([&](auto& unit, auto& env) -> Result<void> {
      auto done = accept(unit, env, id, agent);
      return done ? Result<void>() : done.error();
    });
  }
  Result<Answer> change(Id id, ConversationPatch wanted) {
    return decide([&](auto& unit, auto& env) -> Result<void> {
      auto done = patch(unit, env, id, wanted);
      return done ? Result<void>() : done.error();
    });
  }
  Result<Answer> close_it(Id id) { return change(id, {.state = ConversationState::closed}); }
  // A text over WhatsApp, by our clock.
  std::string written(const std::string& who, const std::string& words) {
    return R"({"type":"message","id":"m)" + std::to_string(++last_) + R"(","from":{"address":"whatsapp:)" + who +
           R"(","evidence":"attested"},"parts":[{"type":"text","text":")" + words + R"("}]})";
  }
  Id arrives(const std::string& who, const std::string& words = "help") {
    EXPECT_TRUE(deliver("wa", written(who, words)));
    return conversations().front().conversation.id;  // the newest activity
  }
  Conversation now(Id id) { return reader->conversation(id).value()->conversation; }
  void pass(Millis time) {
    clock.advance(time);
    for (bool fired = true; fired;) {
      fired = false;
      ASSERT_TRUE(decide([&](auto& unit, auto& env) -> Result<void> {
        for (auto* timer : unit.due_timers(env.clock.now(), 100)) fired |= run_duty(unit, env, *timer, env.clock.now());
        return {};
      }));
    }
  }

  std::map<FiguresKey, Figures> kept(DayNumber from = kAllDays) {
    std::map<FiguresKey, Figures> out;
    const store::FiguresQuery all{.from = from,
                                  .to = 1'000'000,
                                  .channel = {},
                                  .queue = {},
                                  .agent = {},
                                  .queues = {},
                                  .by_day = true,
                                  .by_channel = true,
                                  .by_queue = true,
                                  .by_agent = true};
    for (auto& row : reader->figures(all, 100'000).value()) out.emplace(row.key, row.figures);
    return out;
  }
  // Of all channels, queues and agents together.
  Figures all() {
    Figures out;
    for (const auto& [_, figures] : kept(0)) out.add(figures);
    return out;
  }
  Figures of_agent(const std::string& agent) {
    Figures out;
    for (const auto& [key, figures] : kept(0))
      if (key.agent == agent) out.add(figures);
    return out;
  }
  // What the log came to by now is read on.
  void follow(FiguresFromLog& follower) {
    for (;;) {
      const auto views = reader->events(cursor_, {}, 500).value();
      if (views.empty()) return;
      follower.read(views);
      cursor_ = views.back().event.cursor;
    }
  }
  // Timers fire beside the test: what is kept and what was followed are of the same moment.
  std::map<FiguresKey, Figures> kept_as_followed(FiguresFromLog& follower) {
    for (;;) {
      follow(follower);
      auto rows = kept();
      if (reader->last_cursor().value() == cursor_) return rows;
    }
  }
  std::int64_t cursor_ = 0;
  int last_ = 0;
};

TEST_F(FiguresTest, AConversationThatIsAnsweredAndClosedCountsOnce) {
  clock.set(*parse_rfc3339("2026-11-23T09:00:00Z"));  // a Monday, 10:00 in Paris
  presence("ana", Presence::online);
  const Id id = arrives("1");
  pass(seconds{20});
  ASSERT_TRUE(take(id, "ana"));
  pass(seconds{40});
  ASSERT_TRUE(reply(id, "hello", {.author = "ana"}));
  ASSERT_TRUE(reply(id, "and more", {.author = "ana"}));
  pass(minutes{9});
  ASSERT_TRUE(close_it(id));
  const Figures f = all();
  EXPECT_EQ(f[Count::opened], 1);
  EXPECT_EQ(f[Count::reopened], 0);
  EXPECT_EQ(f[Count::closed], 1);
  EXPECT_EQ(f[Count::abandoned], 0);
  EXPECT_EQ(f[Count::messages_in], 1);
  EXPECT_EQ(f[Count::messages_out], 2);
  EXPECT_EQ(f[Count::first_response_met], 1);
  EXPECT_EQ(f[Count::resolution_met], 1);
  EXPECT_EQ(f[Measure::wait].wall.total, 20'000);
  EXPECT_EQ(f[Measure::first_response].wall.total, 60'000);
  EXPECT_EQ(f[Measure::resolution].wall.total, 600'000);
  EXPECT_EQ(of_agent("ana")[Measure::first_response].open.count(), 1);
  EXPECT_EQ(of_agent("")[Count::opened], 1);
}

TEST_F(FiguresTest, BusinessTimeIsThatOfTheQueuesHours) {
  clock.set(*parse_rfc3339("2026-11-20T15:30:00Z"));  // a Friday, 16:30 in Paris
  ASSERT_TRUE(deliver(
      "sms",
      R"({"type":"message","id":"s1","from":{"address":"tel:+33600000001"},"parts":[{"type":"text","text":"where?"}]})"));
  const Id id = conversations().front().conversation.id;
  clock.set(*parse_rfc3339("2026-11-23T08:15:00Z"));  // Monday, 09:15
  ASSERT_TRUE(reply(id, "hello"));
  const Figures f = all();
  EXPECT_EQ(f[Measure::first_response].open.total, 45 * 60'000);
  EXPECT_EQ(f[Measure::first_response].wall.total, (64 * 60 + 45) * 60'000);
  EXPECT_EQ(f[Count::first_response_met], 1);
}

TEST_F(FiguresTest, ADayIsThatOfTheReportsTimeZone) {
  clock.set(*parse_rfc3339("2026-11-23T22:59:59Z"));
  arrives("1");
  clock.set(*parse_rfc3339("2026-11-23T23:00:00Z"));  // the 24th in Paris
  arrives("2");
  std::map<DayNumber, std::int64_t> opened;
  for (const auto& [key, figures] : kept(0)) opened[key.day] += figures[Count::opened];
  const auto day = (std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}).time_since_epoch().count();
  EXPECT_EQ(opened, (std::map<DayNumber, std::int64_t>{{day, 1}, {day + 1, 1}}));
}

TEST_F(FiguresTest, WhatIsClosedWithoutAnAnswerIsAbandonedUnlessARuleClosesIt) {
  RuleSpec thanks{.name = "thanks"};
  thanks.when.text_any = {"thanks"};
  thanks.close = true;
  config_.rules = {thanks};
  reopen();
  ASSERT_TRUE(close_it(arrives("1")));
  arrives("2", "thanks");
  const Figures f = all();
  EXPECT_EQ(f[Count::opened], 2);
  EXPECT_EQ(f[Count::closed], 2);
  EXPECT_EQ(f[Count::abandoned], 1);
  EXPECT_EQ(f[Count::closed_by_rule], 1);
  EXPECT_EQ(f[Measure::resolution].wall.count(), 0);
}

TEST_F(FiguresTest, AnAutomaticAnswerIsNoFirstResponse) {
  RuleSpec greet{.name = "greet"};
  greet.when.conversation_new = true;
  greet.reply = {{"", "Hello, we read you."}};
  config_.rules = {greet};
  reopen();
  arrives("1");
  EXPECT_EQ(all()[Count::messages_automatic], 1);
  EXPECT_EQ(all()[Count::messages_out], 0);
  EXPECT_EQ(all()[Measure::first_response].wall.count(), 0);
}

TEST_F(FiguresTest, ALateAnswerIsMissedAlsoWhenNoTimerHasFiredYet) {
  const Id id = arrives("1");
  ASSERT_TRUE(change(id, {.queue = "billing"}));
  clock.advance(minutes{11});
  ASSERT_TRUE(reply(id, "sorry"));
  EXPECT_EQ(all()[Count::first_response_missed], 1);
  EXPECT_EQ(all()[Count::first_response_met], 0);
  EXPECT_EQ(count_events("service_level.missed"), 1u);
  pass(minutes{60});
  EXPECT_EQ(all()[Count::first_response_missed], 1);
}

TEST_F(FiguresTest, AMoveToAnotherQueueCountsInBoth) {
  const Id id = arrives("1");
  ASSERT_TRUE(change(id, {.queue = "billing"}));
  for (const auto& [key, figures] : kept(0)) {
    EXPECT_EQ(figures[Count::transferred_out], key.queue == "general" ? 1 : 0);
    EXPECT_EQ(figures[Count::transferred_in], key.queue == "billing" ? 1 : 0);
  }
}

TEST_F(FiguresTest, ACustomersAnswerToWhatWeBeganIsWaitedForLikeAnyOther) {
  config_.queues[0].hours.clear();
  reopen();
  ASSERT_TRUE(decide([&](auto& unit, auto& env) -> Result<void> {
    auto sent = start(unit, env, "sms", "+33600000001", {.text = "Your parcel is here"});
    return sent ? Result<void>() : sent.error();
  }));
  EXPECT_EQ(all()[Count::opened], 0);
  ASSERT_TRUE(deliver(
      "sms",
      R"({"type":"message","id":"s1","from":{"address":"tel:+33600000001"},"parts":[{"type":"text","text":"where?"}]})"));
  EXPECT_EQ(all()[Count::opened], 1);
  pass(hours{2});
  EXPECT_EQ(all()[Count::first_response_missed], 1);
}

TEST_F(FiguresTest, ASatisfactionScoreIsThatOfTheAgentWhoHadItLast) {
  presence("ben", Presence::online);
  const Id id = arrives("1");
  ASSERT_TRUE(take(id, "ben"));
  ASSERT_TRUE(reply(id, "done", {.author = "ben"}));
  ASSERT_TRUE(close_it(id));
  ASSERT_TRUE(decide([&](auto& unit, auto& env) -> Result<void> {
    count_score(unit, env, *unit.conversation(id), 4, env.clock.now());
    count_score(unit, env, *unit.conversation(id), 6, env.clock.now());
    return {};
  }));
  EXPECT_EQ(of_agent("ben")[count_of_score(4)], 1);
  EXPECT_EQ(all()[Count::score_1] + all()[count_of_score(5)], 0);
}

TEST_F(FiguresTest, NamesThatNoAgentHasMakeNoRows) {
  const Id id = arrives("1");
  ASSERT_TRUE(change(id, {.assignee = "somebody in the CRM"}));
  ASSERT_TRUE(reply(id, "hello", {.author = "crm"}));
  for (const auto& [key, _] : kept()) EXPECT_EQ(key.agent, "");
}

TEST_F(FiguresTest, OldDaysGoAndWhatAllDaysComeToStays) {
  arrives("1");
  clock.advance(hours{48});
  arrives("2");
  const DayNumber today = flow->environment()->report_day(clock.now());
  ASSERT_TRUE(committer->run([&](store::Unit& unit) -> Result<void> {
    EXPECT_TRUE(unit.expire_figures(today));
    EXPECT_FALSE(unit.expire_figures(today));
    return {};
  }));
  EXPECT_EQ(all()[Count::opened], 1);
  Figures ever;
  for (const auto& [key, figures] : kept())
    if (key.day == kAllDays) ever.add(figures);
  EXPECT_EQ(ever[Count::opened], 2);
}

// --- against the log

class FiguresFromTheLogTest : public FiguresTest, public ::testing::WithParamInterface<unsigned> {
 protected:
  void SetUp() override {
    FiguresTest::SetUp();
    config_.assignment.unanswered = minutes{30};
    config_.queues[0].overflow_to = "billing";
    config_.queues[0].overflow_after = hours{5};
    RuleSpec thanks{.name = "thanks"}, bill{.name = "bill"}, greet{.name = "greet"};
    greet.when.conversation_new = true;
    greet.reply = {{"", "Hello, we read you."}};
    bill.when.text_any = {"bill"};
    bill.to = "billing";
    thanks.when.text_any = {"thanks"};
    thanks.close = true;
    config_.rules = {thanks, greet, bill};
    reopen();
  }

  std::size_t roll(std::size_t n) { return static_cast<std::size_t>(dice_() % n); }
  const std::string& any_agent() { return kAgents[roll(kAgents.size())]; }
  Id any() {
    const auto all = conversations();
    return all.empty() ? Id{} : all[roll(all.size())].conversation.id;
  }

  void writes() {
    static const std::vector<std::string> kWords{"help", "the bill is wrong", "thanks", "and then?"};
    const std::string who = std::to_string(roll(12)), words = kWords[roll(kWords.size())];
    const std::string id = "m" + std::to_string(++last_);
    switch (roll(5)) {
      case 0:
        ASSERT_TRUE(deliver("sms", R"({"type":"message","id":")" + id + R"(","from":{"address":"tel:+3360000000)" +
                                       who + R"("},"parts":[{"type":"text","text":")" + words + R"("}]})"));
        break;
      case 1: ASSERT_TRUE(deliver("mail", mail(id, who + "@example.com", ""))); break;
      case 2:
        ASSERT_TRUE(deliver("mail", R"({"type":"message","id":")" + id + R"(","dedupe":")" + id +
                                        R"(","automatic":"reply","from":{"address":"mailto:)" + who +
                                        R"(@example.com"},"threads":["m)" + std::to_string(roll(last_) + 1) +
                                        R"("],"parts":[{"type":"text","text":"away"}]})"));
        break;
      default: ASSERT_TRUE(deliver("wa", written(who, words)));
    }
  }
  void changes() {
    ConversationPatch wanted{.by = any_agent()};
    if (roll(2)) wanted.state = static_cast<ConversationState>(std::array{0, 1, 3, 3}[roll(4)]);
    if (roll(3) == 0) wanted.queue = roll(2) ? "general" : "billing";
    if (roll(3) == 0) wanted.assignee = std::array<std::string, 3>{"", any_agent(), "a program"}[roll(3)];
    if (roll(8) == 0) wanted.snoozed_until = clock.now() + minutes{roll(300)};
    (void)change(any(), wanted);
  }
  void merges() {
    const auto contacts = reader->contacts("", "", {.limit = 100}).value().items;
    if (contacts.size() < 2) return;
    const Id into = contacts[roll(contacts.size())].id, from = contacts[roll(contacts.size())].id;
    (void)decide([&](auto& unit, auto& env) -> Result<void> {
      auto merged = merge_contacts(unit, env, into, from, {"{}", "test"});
      if (merged) merges_.push_back((*merged)->id);
      return merged ? Result<void>() : merged.error();
    });
  }
  void undoes() {
    if (merges_.empty()) return;
    const Id entry = merges_[roll(merges_.size())];
    (void)decide([&](auto& unit, auto& env) -> Result<void> {
      auto undone = undo_merge(unit, env, entry, "test");
      return undone ? Result<void>() : undone.error();
    });
  }
  void answers() {
    ReplyRequest request{.author = roll(4) ? any_agent() : "a program"};
    request.note = roll(8) == 0;
    request.automatic = roll(8) == 0;
    (void)reply(any(), "an answer", request);
  }
  void begins() {
    (void)decide([&](auto& unit, auto& env) -> Result<void> {
      auto sent = start(unit, env, "sms", "+336000000" + std::to_string(10 + roll(40)), {.text = "we write first"});
      return sent ? Result<void>() : sent.error();
    });
  }
  void answers_elsewhere() {
    const std::string id = std::to_string(++last_);
    (void)deliver("wa", R"({"type":"message","id":"app)" + id +
                            R"(","direction":"out","from":{"address":"whatsapp:1000"},"to":[{"address":"whatsapp:)" +
                            std::to_string(roll(14)) + R"("}],"parts":[{"type":"text","text":"by phone )" + id +
                            R"("}]})");
  }
  void takes() {
    const auto act = std::array{accept, decline, release}[roll(3)];
    const std::string agent = any_agent();
    Id id = any();
    if (roll(2))
      for (const auto& view : conversations())
        if (!view.conversation.work.offered_to.empty()) id = view.conversation.id;
    (void)decide([&](auto& unit, auto& env) -> Result<void> {
      const Conversation* found = unit.conversation(id);
      const std::string who = found && !found->work.offered_to.empty() ? found->work.offered_to : agent;
      auto done = act(unit, env, id, who);
      return done ? Result<void>() : done.error();
    });
  }
  void step() {
    switch (roll(14)) {
      case 0: return presence(any_agent(), static_cast<Presence>(roll(3)));
      case 1:
      case 2: return pass(seconds{roll(4000)});
      case 3: return pass(minutes{roll(600)});
      case 4:
      case 5: return takes();
      case 6:
      case 7: return answers();
      case 8: return changes();
      case 9: return roll(2) ? begins() : answers_elsewhere();
      case 10: return roll(2) ? merges() : undoes();
      default: return writes();
    }
  }

  std::mt19937 dice_{GetParam()};
  std::vector<Id> merges_;
};

std::string shown(const FiguresKey& key, const Figures& figures) {
  return std::to_string(key.day) + " " + key.channel + " " + key.queue + " \"" + key.agent +
         "\": " + figures_to_text(figures);
}

std::vector<std::string> lines(const std::map<FiguresKey, Figures>& figures) {
  std::vector<std::string> out;
  for (const auto& [key, row] : figures) out.push_back(shown(key, row));
  return out;
}

TEST_P(FiguresFromTheLogTest, TheSameComesOutOfTheEventLogAlone) {
  const auto env = flow->environment();
  FiguresFromLog follower(*env, {kAgents.begin(), kAgents.end()});
  for (int i = 0; i < 400; ++i) {
    step();
    follow(follower);
    if (i % 100 == 99) {
      reopen();
      const auto rows = kept_as_followed(follower);
      ASSERT_EQ(lines(rows), lines(follower.figures())) << "at step " << i;
    }
    if (HasFatalFailure()) return;
  }
  const auto rows = kept_as_followed(follower);
  ASSERT_EQ(lines(rows), lines(follower.figures()));
  EXPECT_EQ(follower.faults(), std::vector<std::string>{});
  EXPECT_EQ(follower.untold(), std::vector<std::string>{});
}

// Steps are a coarse way of keeping durations: what they tell is never further from the truth than a step is wide.
TEST_P(FiguresFromTheLogTest, PercentilesLieInTheStepOfTheTrueOnes) {
  const auto env = flow->environment();
  FiguresFromLog follower(*env, {kAgents.begin(), kAgents.end()});
  for (int i = 0; i < 200 && !HasFatalFailure(); ++i) step();
  follow(follower);
  for (const auto& [key, heap] : follower.heaps())
    for (const auto& [measure, durations] : heap.durations) {
      std::vector<Millis> sorted;
      Spread spread;
      for (const auto& [wall, open] : durations) sorted.push_back(wall), spread.add(wall);
      std::sort(sorted.begin(), sorted.end());
      for (const double part : {0.5, 0.9}) {
        const auto rank = static_cast<std::size_t>(std::ceil(part * static_cast<double>(sorted.size()))) - 1;
        const auto step_of = [](Millis d) {
          return std::lower_bound(Spread::kEnds.begin(), Spread::kEnds.end(), d) - Spread::kEnds.begin();
        };
        const Millis told = spread.percentile(part);
        EXPECT_LE(step_of(told), step_of(sorted[rank]));
        EXPECT_GE(step_of(told + Millis{1}), step_of(sorted[rank]) - (told == sorted[rank] ? 1 : 0));
        EXPECT_LE(told, sorted.back());
      }
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, FiguresFromTheLogTest, ::testing::Values(1u, 2u, 3u, 20261122u));

}  // namespace
}  // namespace jackfield::flow
