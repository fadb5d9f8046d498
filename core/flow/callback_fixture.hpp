// A flow with a phone queue in office hours and two who can call. For tests only.
#pragma once

#include "flow/agents.hpp"
#include "flow/assign.hpp"
#include "flow/callback.hpp"
#include "flow/callback_course.hpp"
#include "flow/flow_fixture.hpp"

namespace jackfield::flow {

class CallbackTest : public FlowTest {
 protected:
  void SetUp() override {
    CalendarSpec office{.timezone = "Europe/Paris", .week = {}, .days = {}};
    for (std::size_t i = 0; i < 5; ++i) office.week[i] = {{9 * 60, 12 * 60}, {13 * 60, 17 * 60}};
    config_.hours["office"] = office;
    config_.agents = {{.name = "ana", .display = "Ana"}, {.name = "ben", .display = "Ben"}};
    config_.assignment.presence = std::chrono::hours{240};
    config_.assignment.offer = std::chrono::hours{240};
    clock.set(at("2026-11-23T09:00:00Z"));  // Monday 10:00 in Paris
    FlowTest::SetUp();
    config_.queues[0].hours = config_.queues[1].hours = "office";
    reopen();
  }
  static Time at(const char* text) { return *parse_rfc3339(text); }

  // What the decision says, or its error.
  using Made = Result<Callback*>;
  Result<Callback> decided(const std::function<Made(store::Unit&, const Environment&)>& decide) {
    Callback out;
    auto answer = write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
      auto made = decide(unit, env);
      if (!made) return made.error();
      out = **made;
      return Answer{};
    });
    if (!answer) return answer.error();
    return out;
  }
  Result<Callback> ask(CallbackRequest request) {
    request.by = "shop";
    return decided([&](store::Unit& unit, const Environment& env) { return request_callback(unit, env, request); });
  }
  Result<Callback> ask(const std::string& number, const char* from = nullptr, const char* until = nullptr) {
    CallbackRequest request;
    request.number = number;
    if (from) request.when.from = at(from);
    if (until) request.when.until = at(until);
    return ask(request);
  }
  Result<Callback> report(Id id, CallOutcome outcome, const std::string& agent = "ana") {
    return decided([&](store::Unit& unit, const Environment& env) {
      return report_call(unit, env, id, {.outcome = outcome, .note = {}, .by = agent, .agent = agent});
    });
  }
  Result<Callback> cancel(Id id) {
    return decided([&](store::Unit& unit, const Environment& env) { return cancel_callback(unit, env, id, "shop"); });
  }
  void online(const std::string& agent, Presence presence = Presence::online) {
    ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
      auto set = set_presence(unit, env, agent, presence);
      if (!set) return set.error();
      return Answer{};
    }));
  }
  Result<Answer> take(Id conversation, const std::string& agent) {
    return write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
      auto taken = accept(unit, env, conversation, agent);
      if (!taken) return taken.error();
      return Answer{};
    });
  }

  // The clock goes to that time, and what is due on the way fires when it is.
  void until(const char* time) {
    const Time end = at(time);
    while (clock.now() < end) {
      clock.set(std::min(end, clock.now() + std::chrono::minutes{5}));
      fire();
    }
  }
  // Nobody was there meanwhile.
  void jump(const char* time) {
    clock.set(at(time));
    fire();
  }
  void fire() {
    for (bool fired = true; fired;) {
      fired = false;
      ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
        for (auto* timer : unit.due_timers(env.clock.now(), 100)) {
          fired = true;
          if (timer->kind == store::TimerKind::callback)
            run_callback(unit, env, *timer, env.clock.now());
          else
            run_duty(unit, env, *timer, env.clock.now());
        }
        return Answer{};
      }));
    }
  }

  Callback callback(Id id) { return reader->callback(id).value()->callback; }
  std::vector<Callback> callbacks() {
    std::vector<Callback> out;
    for (auto& view : reader->callbacks({}, {.limit = 500}).value().items) out.push_back(view.callback);
    return out;
  }
  Conversation conversation(Id id) { return reader->conversation(id).value()->conversation; }
  std::vector<std::string> texts(Id conversation, Direction direction) {
    std::vector<std::string> out;
    for (const auto& row : reader->messages_of(conversation, {.limit = 100, .cursor = ""}).value().items)
      if (row.head.direction == direction) out.push_back(std::string(message(row.head.id).at("text").as_string()));
    return out;
  }
  std::string last_note(Id conversation) {
    const auto all = texts(conversation, Direction::note);
    return all.empty() ? "" : all.back();
  }
};

}  // namespace jackfield::flow
