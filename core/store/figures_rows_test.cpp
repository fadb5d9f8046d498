#include <future>

#include "store/store_fixture.hpp"

namespace jackfield::store {
namespace {

class FiguresRows : public OpenStore {
 protected:
  static void opened(Unit& unit, DayNumber day, const std::string& queue, const std::string& agent = {}) {
    ++unit.figures({.day = day, .channel = "wa", .queue = queue, .agent = agent})[Count::opened];
  }
  std::vector<FiguresRow> rows(FiguresQuery query = {.from = 0, .to = 100}) {
    return reader->figures(query, 1000).value();
  }
};

TEST_F(FiguresRows, AddUpOverGroupsAndRestarts) {
  ASSERT_TRUE(run([](Unit& unit) {
    opened(unit, 5, "billing");
    opened(unit, 5, "billing");
  }));
  reopen();
  ASSERT_TRUE(run([](Unit& unit) { opened(unit, 5, "billing"); }));
  ASSERT_EQ(rows().size(), 1u);
  EXPECT_EQ(rows()[0].figures[Count::opened], 3);
}

TEST_F(FiguresRows, ACommandThatFailsCountsNothingAndSpoilsNobodysCount) {
  std::vector<std::future<Result<void>>> done;
  for (int i = 0; i < 9; ++i) {
    auto promise = std::make_shared<std::promise<Result<void>>>();
    done.push_back(promise->get_future());
    committer->submit_or_refuse(command(
        [i](Unit& unit) -> Result<void> {
          opened(unit, 5, "billing");
          if (i % 3 == 1) throw std::runtime_error("spoilt");
          return {};
        },
        [promise](const Result<void>& outcome) { promise->set_value(outcome); }));
  }
  int good = 0;
  for (auto& one : done) good += one.get().has_value();
  EXPECT_EQ(good, 6);
  EXPECT_EQ(rows()[0].figures[Count::opened], 6);
}

TEST_F(FiguresRows, AreSummedUpOverWhatTheyAreNotToldApartBy) {
  ASSERT_TRUE(run([](Unit& unit) {
    opened(unit, 5, "billing", "ana");
    opened(unit, 5, "billing", "ben");
    opened(unit, 6, "billing", "ben");
    opened(unit, 6, "general");
    opened(unit, kAllDays, "general");
  }));
  ASSERT_EQ(rows().size(), 1u);
  EXPECT_EQ(rows()[0].figures[Count::opened], 4);
  const auto by_queue = rows({.from = 0, .to = 100, .by_queue = true});
  ASSERT_EQ(by_queue.size(), 2u);
  EXPECT_EQ(by_queue[0].key.queue, "billing");
  EXPECT_EQ(by_queue[0].key.channel, "");
  EXPECT_EQ(by_queue[0].figures[Count::opened], 3);
  EXPECT_EQ(rows({.from = 6, .to = 6, .queue = "billing"})[0].figures[Count::opened], 1);
  EXPECT_EQ(rows({.from = 0, .to = 100, .agent = "ben", .by_day = true}).size(), 2u);
  EXPECT_EQ(rows({.from = 0, .to = 100, .queues = {"general"}, .by_agent = true}).size(), 1u);
  EXPECT_EQ(rows({.from = 0, .to = 100, .channel = "sms"}).size(), 0u);
}

TEST_F(FiguresRows, MoreThanAreWantedAreRefused) {
  ASSERT_TRUE(run([](Unit& unit) {
    opened(unit, 5, "billing");
    opened(unit, 6, "billing");
  }));
  const auto all = reader->figures({.from = 0, .to = 100, .by_day = true}, 1);
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().code, Errc::too_large);
}

TEST_F(FiguresRows, OldDaysGoOneByOneAndTheSumOfAllDaysStays) {
  ASSERT_TRUE(run([](Unit& unit) {
    for (const DayNumber day : {5, 6, 7, kAllDays}) opened(unit, day, "billing");
  }));
  int steps = 0;
  ASSERT_TRUE(run([&](Unit& unit) {
    while (unit.expire_figures(7)) ++steps;
  }));
  EXPECT_EQ(steps, 2);
  EXPECT_EQ(rows({.from = kAllDays, .to = 100, .by_day = true}).size(), 2u);
}

}  // namespace
}  // namespace jackfield::store
