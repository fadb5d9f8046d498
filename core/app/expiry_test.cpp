#include "app/expiry.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "store/store.hpp"

namespace jackfield::app {
namespace {

class ExpiryTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    store::StoreOptions options;
    options.url = "sqlite:" + folder_ + "/expiry.db";
    store_ = std::move(store::open_store(options).value());
    committer_ = std::make_unique<store::Committer>(store_->backend());
    io_.start();
  }
  void TearDown() override {
    committer_->stop();
    io_.stop();
    std::filesystem::remove_all(folder_);
  }

  void add_events(int count, Time at) {
    const auto added = committer_->run([&](store::Unit& unit) -> Result<void> {
      for (int i = 0; i < count; ++i) {
        Event event;
        event.type = EventType::contact_created;
        event.at = at;
        unit.add(event);
      }
      return {};
    });
    ASSERT_TRUE(added) << added.error().message;
  }

  std::size_t events_left() {
    auto reader = std::move(store_->open_reader().value());
    const auto last = reader->last_cursor().value();
    std::size_t left = 0;
    for (auto cursor = last; cursor > 0; --cursor, ++left) {
      if (!reader->events(cursor - 1, {}, 1)) break;
    }
    return left;
  }

  const std::string folder_ = testing::TempDir() + "jackfield-expiry-" + testing::UnitTest::GetInstance()->current_test_info()->name() + "-" +
                              std::to_string(::getpid());  // several runs of it at once on one machine
  FakeClock clock_{time_from_ms(1'800'000'000'000)};
  net::IoContext io_{1};
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::Committer> committer_;
};

TEST_F(ExpiryTest, OldEventsGoInStepsAndYoungOnesStay) {
  add_events(25, clock_.now() - std::chrono::days{31});
  add_events(3, clock_.now() - std::chrono::days{29});
  ExpiryTimes times;
  times.first = times.between = Millis{1};
  times.step = 10;
  times.every = Millis{1};  // a store that is busy for a moment is asked again
  Expiry expiry(io_, *committer_, clock_, times);
  expiry.start();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (events_left() > 3 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(events_left(), 3u);
  expiry.stop();
}

TEST_F(ExpiryTest, DaysOfFiguresGoAfterTheirTimeAndTheSumOfAllDaysStays) {
  const auto today = static_cast<DayNumber>(std::chrono::floor<std::chrono::days>(clock_.now()).time_since_epoch().count());
  ASSERT_TRUE(committer_->run([&](store::Unit& unit) -> Result<void> {
    for (const DayNumber day : {kAllDays, today - 30, today - 20, today - 10, today})
      ++unit.figures({.day = day, .channel = "wa", .queue = "billing", .agent = {}})[Count::opened];
    return {};
  }));
  ExpiryTimes times;
  times.first = times.between = times.every = Millis{1};
  times.figures = [] { return Millis{std::chrono::days{15}}; };
  Expiry expiry(io_, *committer_, clock_, times);
  expiry.start();
  const auto reader = std::move(store_->open_reader().value());
  const auto days = [&] {
    std::vector<DayNumber> out;
    for (const auto& row : reader->figures({.from = kAllDays, .to = today, .by_day = true}, 100).value())
      out.push_back(row.key.day);
    return out;
  };
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (days().size() > 3 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  expiry.stop();
  EXPECT_EQ(days(), (std::vector<DayNumber>{kAllDays, today - 10, today}));
}

TEST_F(ExpiryTest, StoppingIsSafeTwiceAndWithoutStart) {
  Expiry expiry(io_, *committer_, clock_);
  expiry.stop();
  expiry.stop();
  expiry.start();
}

}  // namespace
}  // namespace jackfield::app
