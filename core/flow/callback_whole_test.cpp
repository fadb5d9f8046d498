// Whatever happens in whatever order: no callback is forgotten, no conversation sleeps for ever, no load is lost.
#include <random>

#include "flow/callback_fixture.hpp"

namespace jackfield::flow {
namespace {

using std::chrono::minutes;

class CallbackWhole : public CallbackTest {
 protected:
  void check_whole() {
    ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
      std::map<std::string, PerClass> loads;
      for (const auto& view : conversations()) {
        const auto& c = view.conversation;
        if (!c.work.held_by.empty()) ++of(loads[c.work.held_by], c.work.capacity_class);
        EXPECT_EQ(c.work.order != 0, c.state == ConversationState::open && c.assignee.empty() &&
                                         c.work.offered_to.empty() && c.last_inbound_at != Time{});
        if (c.state == ConversationState::snoozed) {
          const auto* open = open_callback(unit, c);
          EXPECT_TRUE(open && open->state == CallbackState::scheduled) << "it would sleep for ever";
        }
      }
      for (auto* agent : unit.agents()) {
        EXPECT_EQ(agent->load, loads[agent->name]) << agent->name;
      }
      std::map<Id, int> open;
      for (const auto& callback : callbacks()) {
        open[callback.conversation] += callback.is_open();
        const auto* timer = unit.timer(store::TimerKind::callback, "", to_string(callback.id));
        EXPECT_EQ(timer != nullptr, callback.is_open()) << name_of(callback.state);
        EXPECT_FALSE(callback.state == CallbackState::scheduled && callback.slot.from <= env.clock.now());
        EXPECT_LE(callback.attempts.size(), 3u);
      }
      for (const auto& [conversation, count] : open) EXPECT_LE(count, 1) << to_string(conversation);
      return Answer{};
    }));
  }
  void one_step(std::mt19937& dice) {
    const auto pick = [&](std::size_t n) { return dice() % n; };
    const std::string who = "3360000000" + std::to_string(pick(4));
    const auto all = callbacks();
    const Id some = all.empty() ? Id{} : all[pick(all.size())].id;
    switch (pick(8)) {
      case 0: ASSERT_TRUE(deliver("wa", text("m" + std::to_string(++messages_), who, std::to_string(pick(4))))); break;
      case 1: {
        CallbackRequest request;
        request.address = "whatsapp:" + who;
        request.number = "+" + who;
        if (pick(2)) request.when.from = clock.now() + minutes{pick(3000)};
        (void)ask(request);
        break;
      }
      case 2: (void)report(some, static_cast<CallOutcome>(pick(6)), pick(2) ? "ana" : "ben"); break;
      case 3: (void)cancel(some); break;
      case 4: online(pick(2) ? "ana" : "ben", static_cast<Presence>(pick(3))); break;
      case 5: {
        const auto list = conversations();
        if (!list.empty()) (void)take(list[pick(list.size())].conversation.id, pick(2) ? "ana" : "ben");
        break;
      }
      case 6: {
        CallbackPatch patch;
        patch.when = CallbackWish{clock.now() + minutes{pick(3000)}, std::nullopt};
        (void)decided(
            [&](store::Unit& unit, const Environment& env) { return patch_callback(unit, env, some, patch); });
        break;
      }
      default: clock.advance(minutes{pick(200)}); break;
    }
    fire();
  }
  int messages_ = 0;
};

TEST_F(CallbackWhole, HoldsAfterAnythingInAnyOrder) {
  RuleSpec rule{.name = "offer"};
  rule.callback = CallbackOffer{{{"", "May we call?"}}, {{"", "Which number?"}}, {}};
  config_.rules = {rule};
  for (unsigned seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 dice(seed);
    reopen();
    for (int step = 0; step < 120; ++step) {
      SCOPED_TRACE(step);
      one_step(dice);
      check_whole();
      if (HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace jackfield::flow
