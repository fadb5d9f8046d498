#include "flow/assign.hpp"

#include <algorithm>
#include <random>

#include "flow/agents.hpp"
#include "flow/flow_fixture.hpp"

namespace jackfield::flow {
namespace {

class AssignTest : public FlowTest {
 protected:
  void SetUp() override {
    for (const char* name : {"ana", "ben", "cleo"})
      config_.agents.push_back({.name = name, .display = name, .skills = {"fr"}, .capacity = {2, 3, 1}});
    config_.assignment.unanswered = std::chrono::minutes{10};
    FlowTest::SetUp();
  }
  void presence(const std::string& agent, Presence p) {
    EXPECT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
      auto set = set_presence(unit, env, agent, p);
      if (!set) return set.error();
      return Answer{};
    }));
  }
  void online(const std::string& agent) { presence(agent, Presence::online); }

  using Act = Result<Conversation*> (*)(store::Unit&, const Environment&, Id, const std::string&);
  Result<Answer> act(Act what, Id conversation, const std::string& agent) {
    return write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
      auto done = what(unit, env, conversation, agent);
      if (!done) return done.error();
      return Answer{};
    });
  }
  // Somebody new writes; the conversation.
  Id arrives(const std::string& who, const std::string& words = "help") {
    EXPECT_TRUE(deliver("wa", text("m" + std::to_string(++last_), who, words)));
    for (const auto& view : conversations())
      if (view.contact->addresses.front().uri == "whatsapp:" + who) return view.conversation.id;
    return Id{};
  }
  Conversation now(Id id) { return reader->conversation(id).value()->conversation; }
  std::string offered(Id id) { return now(id).work.offered_to; }

  // The clock goes on, and what is due fires.
  void pass(Millis time) {
    clock.advance(time);
    for (int i = 0; i < 50; ++i) {
      bool fired = false;
      ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
        for (auto* timer : unit.due_timers(env.clock.now(), 100)) fired |= run_duty(unit, env, *timer, env.clock.now());
        return Answer{};
      }));
      if (!fired) return;
    }
  }
  // What must hold at any time: loads are what is held, nothing that waits is anybody's, offers go to those who are
  // there.
  void check_whole() {
    ASSERT_TRUE(write([&](store::Unit& unit, const Environment&) -> Result<Answer> {
      std::map<std::string, PerClass> loads;
      for (const auto& view : conversations()) {
        const auto& c = view.conversation;
        const auto& w = c.work;
        if (!w.held_by.empty()) ++of(loads[w.held_by], w.capacity_class);
        EXPECT_TRUE(c.assignee.empty() || w.offered_to.empty());
        EXPECT_EQ(w.order != 0, c.state == ConversationState::open && c.assignee.empty() && w.offered_to.empty());
        if (w.offered_to.empty()) continue;
        EXPECT_EQ(unit.agent(w.offered_to)->presence, Presence::online);
        EXPECT_NE(unit.timer(store::TimerKind::offer, "", to_string(c.id)), nullptr);
      }
      std::map<std::string, std::int64_t> waiting, there;
      for (const auto& view : conversations()) waiting[view.conversation.queue] += view.conversation.work.order != 0;
      for (auto* agent : unit.agents()) {
        EXPECT_EQ(agent->load, loads[agent->name]) << agent->name;
        for (const auto& queue : config_.queues)
          there[queue.name] += agent->enabled && agent->presence == Presence::online && serves(*agent, queue);
      }
      for (const auto& queue : config_.queues) {
        EXPECT_EQ(unit.count_waiting(queue.name), waiting[queue.name]) << queue.name;
        EXPECT_EQ(unit.count_agents(queue.name), there[queue.name]) << queue.name;
      }
      return Answer{};
    }));
  }
  int last_ = 0;
};

TEST_F(AssignTest, WhatArrivesIsOfferedToWhoIsThere) {
  online("ben");
  const Id id = arrives("1");
  EXPECT_EQ(offered(id), "ben");
  EXPECT_EQ(count_events("conversation.offered"), 1u);
  ASSERT_TRUE(act(accept, id, "ben"));
  EXPECT_EQ(now(id).assignee, "ben");
  EXPECT_EQ(now(id).work.waiting_since, Time{});
  check_whole();
}

TEST_F(AssignTest, WhatWaitsIsOfferedWhenSomebodyComes) {
  const Id id = arrives("1");
  EXPECT_EQ(offered(id), "");
  EXPECT_NE(now(id).work.order, 0);
  online("ana");
  EXPECT_EQ(offered(id), "ana");
}

TEST_F(AssignTest, TheLeastLoadedIsAskedFirst) {
  online("ana");
  const Id first = arrives("1");
  ASSERT_TRUE(act(accept, first, "ana"));
  online("ben");
  EXPECT_EQ(offered(arrives("2")), "ben");
}

TEST_F(AssignTest, OfEquallyLoadedTheLongestIdleIsAskedFirst) {
  online("ana");
  online("ben");
  const Id first = arrives("1");
  const std::string one = offered(first);
  ASSERT_TRUE(act(accept, first, one));
  ASSERT_TRUE(act(release, first, one));
  clock.advance(Millis{1000});
  EXPECT_NE(offered(arrives("2")), "");
  check_whole();
}

TEST_F(AssignTest, DecliningAsksTheNext) {
  online("ana");
  online("ben");
  const Id id = arrives("1");
  const std::string first = offered(id), second = first == "ana" ? "ben" : "ana";
  ASSERT_TRUE(act(decline, id, first));
  EXPECT_EQ(offered(id), second);
  ASSERT_TRUE(act(decline, id, second));
  EXPECT_EQ(offered(id), "");
  pass(config_.assignment.offer);  // everybody declined: they are asked once more
  EXPECT_NE(offered(id), "");
  check_whole();
}

TEST_F(AssignTest, AnOfferThatIsNotAnsweredGoesToTheNext) {
  config_.assignment.presence = std::chrono::hours{1};
  reopen();
  online("ana");
  online("ben");
  const Id id = arrives("1");
  const std::string first = offered(id);
  pass(config_.assignment.offer);
  EXPECT_NE(offered(id), first);
  EXPECT_NE(offered(id), "");
  check_whole();
}

TEST_F(AssignTest, NobodyGetsMoreThanTheirCapacity) {
  online("ana");
  const Id one = arrives("1"), two = arrives("2"), three = arrives("3");
  EXPECT_EQ(offered(one), "ana");
  EXPECT_EQ(offered(two), "ana");
  EXPECT_EQ(offered(three), "");
  ASSERT_TRUE(act(accept, one, "ana"));
  EXPECT_EQ(offered(three), "");
  ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
    ConversationPatch close;
    close.state = ConversationState::closed;
    return patch(unit, env, one, close) ? Result<Answer>(Answer{}) : Result<Answer>(fail(Errc::internal, ""));
  }));
  EXPECT_EQ(offered(three), "ana");
  check_whole();
}

TEST_F(AssignTest, PriorityGoesFirstAndAgeDecidesAmongEquals) {
  const Id old = arrives("1");
  clock.advance(Millis{5000});
  const Id urgent = arrives("2");
  ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
    ConversationPatch raise;
    raise.priority = Priority::urgent;
    (void)patch(unit, env, urgent, raise);
    return Answer{};
  }));
  EXPECT_LT(now(urgent).work.order, now(old).work.order);
  clock.advance(Millis{5000});
  const Id young = arrives("3");
  online("ana");
  EXPECT_EQ(offered(urgent), "ana");
  EXPECT_EQ(offered(old), "ana");
  EXPECT_EQ(offered(young), "");
}

TEST_F(AssignTest, OnlyWhoHasTheSkillsOfTheQueueIsAsked) {
  config_.queues[0].skills = {"fr", "billing"};
  config_.agents[1].skills = {"fr", "billing"};
  reopen();
  online("ana");
  const Id id = arrives("1");
  EXPECT_EQ(offered(id), "");
  online("ben");
  EXPECT_EQ(offered(id), "ben");
}

TEST_F(AssignTest, WhoHadItIsAskedFirstWhenItComesBack) {
  online("ana");
  const Id id = arrives("1");
  ASSERT_TRUE(act(accept, id, "ana"));
  online("ben");
  online("cleo");
  ASSERT_TRUE(reply(id, "done"));
  ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
    ConversationPatch close;
    close.state = ConversationState::closed;
    (void)patch(unit, env, id, close);
    return Answer{};
  }));
  clock.advance(Millis{1000});
  const auto again = deliver("wa", text("again", "1", "once more"));
  ASSERT_TRUE(again);
  for (const auto& view : conversations())
    EXPECT_TRUE(view.conversation.state != ConversationState::open || !view.conversation.work.offered_to.empty());
  check_whole();
}

TEST_F(AssignTest, AnAgentWhoVanishesGivesBackWhatWaitsForTheirAnswer) {
  online("ana");
  const Id waits = arrives("1"), answered = arrives("2");
  ASSERT_TRUE(act(accept, waits, "ana"));
  ASSERT_TRUE(act(accept, answered, "ana"));
  clock.advance(Millis{10});
  ASSERT_TRUE(reply(answered, "hello"));
  pass(config_.assignment.presence);
  EXPECT_EQ(now(waits).assignee, "");
  EXPECT_NE(now(waits).work.order, 0);
  EXPECT_EQ(now(answered).assignee, "ana");  // nothing waits there
  clock.advance(Millis{10});
  ASSERT_TRUE(deliver("wa", text("back", "2", "and now?")));
  EXPECT_EQ(now(answered).assignee, "");
  EXPECT_NE(now(answered).work.order, 0);
  check_whole();
}

TEST_F(AssignTest, ASignOfLifeKeepsAnAgentOnline) {
  online("ana");
  for (int i = 0; i < 5; ++i) {
    pass(config_.assignment.presence - Millis{1000});
    online("ana");
  }
  const Id id = arrives("1");
  EXPECT_EQ(offered(id), "ana");
}

TEST_F(AssignTest, AnUnansweredAssignmentComesBackAndAnotherIsAsked) {
  config_.assignment.presence = std::chrono::hours{2};
  reopen();
  online("ana");
  const Id id = arrives("1");
  ASSERT_TRUE(act(accept, id, "ana"));
  online("ben");
  pass(std::chrono::minutes{9});
  EXPECT_EQ(now(id).assignee, "ana");
  pass(std::chrono::minutes{1});
  EXPECT_EQ(now(id).assignee, "");
  EXPECT_EQ(offered(id), "ben");
  check_whole();
}

TEST_F(AssignTest, WhatWaitsTooLongOverflowsWithItsAge) {
  config_.queues[0].overflow_to = "billing";
  config_.queues[0].overflow_after = std::chrono::minutes{5};
  reopen();
  const Id id = arrives("1");
  const Time since = now(id).work.waiting_since;
  pass(std::chrono::minutes{5});
  EXPECT_EQ(now(id).queue, "billing");
  EXPECT_EQ(now(id).work.waiting_since, since);
}

TEST_F(AssignTest, AQueueThatNobodyStaffsOverflowsSooner) {
  config_.queues[0].skills = {"rare"};
  config_.queues[0].overflow_to = "billing";
  config_.queues[0].overflow_after = std::chrono::minutes{30};
  config_.queues[0].overflow_when_absent = std::chrono::seconds{30};
  reopen();
  online("ana");
  const Id id = arrives("1");
  EXPECT_EQ(offered(id), "");
  pass(std::chrono::seconds{30});
  EXPECT_EQ(now(id).queue, "billing");
  EXPECT_EQ(offered(id), "ana");
}

TEST_F(AssignTest, EscalationRaisesThePriorityStepByStep) {
  config_.queues[0].escalation = {{std::chrono::minutes{1}, Priority::high, {"late"}},
                                  {std::chrono::minutes{2}, Priority::urgent, {}}};
  reopen();
  const Id id = arrives("1");
  pass(std::chrono::minutes{1});
  EXPECT_EQ(now(id).priority, Priority::high);
  EXPECT_EQ(now(id).tags, std::vector<std::string>{"late"});
  pass(std::chrono::minutes{1});
  EXPECT_EQ(now(id).priority, Priority::urgent);
}

TEST_F(AssignTest, ServiceLevelsRunInOpenHoursOnly) {
  CalendarSpec office{.timezone = "Europe/Paris"};
  for (std::size_t i = 0; i < 5; ++i) office.week[i] = {{9 * 60, 17 * 60}};
  config_.hours["office"] = office;
  config_.queues[0].hours = "office";
  config_.queues[0].first_response = std::chrono::hours{1};
  reopen();
  const Id id = arrives("1");  // a Saturday
  EXPECT_EQ(now(id).work.first_response_due, *parse_rfc3339("2026-11-23T09:00:00Z"));
  clock.set(*parse_rfc3339("2026-11-23T08:48:00Z"));  // 80 % of the hour
  pass(Millis{0});
  EXPECT_EQ(count_events("service_level.at_risk"), 1u);
  EXPECT_EQ(now(id).priority, Priority::high);
  pass(std::chrono::minutes{12});
  EXPECT_EQ(count_events("service_level.missed"), 1u);
  EXPECT_EQ(now(id).priority, Priority::urgent);
}

TEST_F(AssignTest, AnAnswerInTimeStopsTheClock) {
  config_.queues[0].first_response = std::chrono::hours{1};
  reopen();
  const Id id = arrives("1");
  ASSERT_TRUE(reply(id, "hello"));
  EXPECT_NE(now(id).work.first_response_at, Time{});
  pass(std::chrono::hours{2});
  EXPECT_EQ(count_events("service_level.at_risk"), 0u);
  EXPECT_EQ(count_events("service_level.missed"), 0u);
}

TEST_F(AssignTest, AnAnswerInTheProvidersOwnAppStopsTheClockToo) {
  config_.queues[0].first_response = std::chrono::hours{1};
  reopen();
  const Id id = arrives("1");
  ASSERT_TRUE(deliver("wa", R"({"type":"message","id":"app1","direction":"out","from":{"address":"whatsapp:1000"},"to":[{"address":"whatsapp:1"}],"parts":[{"type":"text","text":"hello"}]})"));
  EXPECT_NE(now(id).work.first_response_at, Time{});
  pass(std::chrono::hours{2});
  EXPECT_EQ(count_events("service_level.missed"), 0u);
}

TEST_F(AssignTest, TwoCannotTakeTheSame) {
  online("ana");
  online("ben");
  const Id id = arrives("1");
  const std::string first = offered(id), second = first == "ana" ? "ben" : "ana";
  EXPECT_FALSE(act(accept, id, second));
  ASSERT_TRUE(act(accept, id, first));
  EXPECT_FALSE(act(accept, id, second));
  EXPECT_TRUE(act(accept, id, first));  // harmless
}

TEST_F(AssignTest, ARestartKeepsOffersAndLoads) {
  online("ana");
  const Id id = arrives("1"), other = arrives("2");
  ASSERT_TRUE(act(accept, other, "ana"));
  reopen();
  EXPECT_EQ(offered(id), "ana");
  check_whole();
  pass(config_.assignment.offer);
  check_whole();
}

// Whatever comes in whatever order: nothing is lost, held twice or starved.
TEST_F(AssignTest, NothingIsLostOrHeldTwiceWhateverTheOrder) {
  config_.assignment.presence = std::chrono::minutes{3};
  reopen();
  const std::vector<std::string> agents{"ana", "ben", "cleo"};
  std::mt19937 dice{20261122};
  const auto roll = [&](std::size_t n) { return static_cast<std::size_t>(dice() % n); };
  std::vector<Id> all;
  for (int step = 0; step < 300; ++step) {
    const std::string& agent = agents[roll(3)];
    switch (roll(8)) {
      case 0: all.push_back(arrives("9" + std::to_string(step))); break;
      case 1: presence(agent, Presence::online); break;
      case 2: presence(agent, roll(2) ? Presence::away : Presence::offline); break;
      case 3:
        if (!all.empty()) (void)act(accept, all[roll(all.size())], agent);
        break;
      case 4:
        if (!all.empty()) (void)act(roll(2) ? decline : release, all[roll(all.size())], agent);
        break;
      case 5: pass(Millis{static_cast<std::int64_t>(roll(120)) * 1000}); break;
      case 6:
        if (!all.empty()) (void)reply(all[roll(all.size())], "yes");
        break;
      default:
        if (!all.empty())
          (void)write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
            ConversationPatch change;
            change.state = static_cast<ConversationState>(roll(2) ? 0 : 3);
            (void)patch(unit, env, all[roll(all.size())], change);
            return Answer{};
          });
    }
    if (step % 50 == 49) reopen();
    check_whole();
    if (HasFailure()) FAIL() << "at step " << step;
  }
  // In the end somebody is there and takes all that waits.
  for (int round = 0, idle = 0; idle < 3 && round < 500; ++round, ++idle) {
    pass(config_.assignment.offer);  // who declined is asked once more
    for (const auto& agent : agents) presence(agent, Presence::online);
    for (const Id id : all)
      if (const auto c = now(id); !c.work.offered_to.empty()) {
        ASSERT_TRUE(act(accept, id, c.work.offered_to));
        ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
          ConversationPatch close;
          close.state = ConversationState::closed;
          (void)patch(unit, env, id, close);
          return Answer{};
        }));
        idle = 0;
      }
  }
  for (const Id id : all) {
    const auto c = now(id);
    EXPECT_FALSE(c.state == ConversationState::open && c.assignee.empty())
        << "starved: " << to_string(id) << " order " << c.work.order << " waiting since "
        << to_rfc3339(c.work.waiting_since) << " in queue \"" << c.queue << "\", passed by " << c.work.passed_by.size()
        << ", offered to \"" << c.work.offered_to << "\", last inbound " << to_rfc3339(c.last_inbound_at);
  }
}

}  // namespace
}  // namespace jackfield::flow
