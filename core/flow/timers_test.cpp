// Timers of connectors: they fire until they are dealt with.
#include <optional>
#include <thread>

#include "flow/flow_fixture.hpp"

namespace jackfield::flow {
namespace {

class TimersTest : public FlowTest {
 protected:
  // Whether that many have been brought by now, of this life of the flow.
  bool brought(std::size_t count) {
    std::unique_lock lock(host->mutex);
    return host->changed.wait_for(lock, kPatience, [&] { return host->timers.size() >= count; });
  }
  std::optional<store::Timer> stored() {
    std::optional<store::Timer> out;
    committer->run([&](store::Unit& unit) -> Result<void> {
      if (const auto* timer = unit.timer(store::TimerKind::connector, "wa", "7")) out = *timer;
      return {};
    });
    return out;
  }
  bool gone() {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (stored() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    return !stored();
  }
};

TEST_F(TimersTest, OneThatItsConnectorDidNotReturnFromFiresAgainAfterACrash) {
  flow->timer_set("wa", 7, clock.now(), "p");
  ASSERT_TRUE(brought(1));
  reopen();
  ASSERT_TRUE(stored());
  clock.advance(std::chrono::seconds{121});
  ASSERT_TRUE(brought(1));
  EXPECT_EQ(host->timers.front(), "wa 7 p");
  flow->timer_done("wa", 7);
  EXPECT_TRUE(gone());
}

TEST_F(TimersTest, OneThatWasSetAnewInItsCallbackStays) {
  flow->timer_set("wa", 7, clock.now(), "p");
  ASSERT_TRUE(brought(1));
  flow->timer_set("wa", 7, clock.now() + std::chrono::hours{1}, "again");
  flow->timer_done("wa", 7);
  flow->timer_done("wa", 7);  // of none that fired
  ASSERT_TRUE(committer->run([](store::Unit&) -> Result<void> { return {}; }));  // it is set anew before time goes on
  clock.advance(std::chrono::hours{1});
  ASSERT_TRUE(brought(2));
  EXPECT_EQ(host->timers.back(), "wa 7 again");
}

TEST_F(TimersTest, OneThatIsNeverReturnedFromIsDroppedAfterTenTries) {
  flow->timer_set("wa", 7, clock.now(), "p");
  ASSERT_TRUE(brought(1));
  ASSERT_TRUE(committer->run([](store::Unit& unit) -> Result<void> {
    auto* timer = unit.timer(store::TimerKind::connector, "wa", "7");
    timer->attempts = 9;
    unit.changed(*timer);
    return {};
  }));
  clock.advance(std::chrono::seconds{121});
  ASSERT_TRUE(brought(2));
  clock.advance(std::chrono::seconds{121});
  EXPECT_TRUE(gone());
  EXPECT_EQ(host->timers.size(), 2u);
}

}  // namespace
}  // namespace jackfield::flow
