#include "outbound/lanes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jackfield::outbound {
namespace {

using store::WebhookEventState;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Time at(int seconds) { return Time{Millis{seconds * 1000}}; }

class LanesTest : public ::testing::Test {
 protected:
  void read(std::int64_t from, const std::vector<int>& lanes_of_events) {
    for (const int lane : lanes_of_events) lanes.add(from++, Id{lane});
    lanes.read_up_to(from - 1);
  }
  Lanes lanes{Id{9}, 0};
};

TEST_F(LanesTest, OneOfALaneGoesAtATimeAndLanesDoNotWaitForEachOther) {
  read(1, {1, 1, 2});
  EXPECT_THAT(lanes.take_due(at(1), 10), ElementsAre(1, 3));
  EXPECT_THAT(lanes.take_due(at(1), 10), IsEmpty());
  lanes.delivered(1);
  EXPECT_THAT(lanes.take_due(at(1), 10), ElementsAre(2));
}

TEST_F(LanesTest, TheSafeCursorStaysBeforeWhatIsUnderWay) {
  read(1, {1, 2, 3});
  EXPECT_EQ(lanes.safe_cursor(), 0);
  lanes.take_due(at(1), 10);
  lanes.delivered(2);
  EXPECT_EQ(lanes.safe_cursor(), 0);
  lanes.delivered(1);
  EXPECT_EQ(lanes.safe_cursor(), 2);
  lanes.delivered(3);
  EXPECT_EQ(lanes.safe_cursor(), 3);
  EXPECT_FALSE(lanes.has_changes());
}

TEST_F(LanesTest, AFailureIsStoredWithItsFollowersAndTheCursorMovesOn) {
  read(1, {1, 1, 2});
  lanes.take_due(at(1), 10);
  lanes.delivered(3);
  lanes.failed(1, at(1), at(5), "500");
  EXPECT_EQ(lanes.safe_cursor(), 3);
  lanes.add(4, Id{1});  // comes while the lane is held
  lanes.read_up_to(4);
  EXPECT_EQ(lanes.safe_cursor(), 4);
  const auto changes = lanes.take_changes();
  ASSERT_EQ(changes.put.size(), 3u);
  EXPECT_EQ(changes.put[0].attempts, 1);
  EXPECT_EQ(changes.put[0].error, "500");
  EXPECT_EQ(changes.put[1].attempts, 0);
  EXPECT_THAT(lanes.take_due(at(4), 10), IsEmpty());
  EXPECT_EQ(lanes.next_due(), at(5));
  EXPECT_THAT(lanes.take_due(at(5), 10), ElementsAre(1));
  lanes.delivered(1);
  EXPECT_THAT(lanes.take_due(at(5), 10), ElementsAre(2));
  EXPECT_THAT(lanes.take_changes().removed, ElementsAre(1));
}

TEST_F(LanesTest, WhatIsGivenUpIsADeadLetterAndItsFollowersGoOn) {
  read(1, {1, 1});
  lanes.take_due(at(1), 10);
  lanes.failed(1, at(1), at(5), "500");
  lanes.take_due(at(5), 10);
  lanes.give_up(1, at(90000), "404");
  const auto changes = lanes.take_changes();
  ASSERT_EQ(changes.put.size(), 2u);
  EXPECT_EQ(changes.put[0].state, WebhookEventState::dead);
  EXPECT_EQ(changes.put[0].attempts, 2);
  EXPECT_EQ(changes.put[0].first_at, at(1));
  EXPECT_THAT(lanes.take_due(at(90000), 10), ElementsAre(2));
}

TEST_F(LanesTest, WhatWasStoredComesBackInTheOrderOfTheLog) {
  Lanes again(Id{9}, 10);
  again.restore({Id{9}, 7, Id{1}, WebhookEventState::waiting, 0, {}, {}, {}});
  again.restore({Id{9}, 5, Id{1}, WebhookEventState::waiting, 3, at(1), at(8), "500"});
  again.add(11, Id{1});
  again.read_up_to(11);
  EXPECT_EQ(again.safe_cursor(), 11);  // the new one waits behind a failure: it is stored too
  EXPECT_THAT(again.take_due(at(7), 10), IsEmpty());
  for (const int cursor : {5, 7, 11}) {
    EXPECT_THAT(again.take_due(at(8), 10), ElementsAre(cursor));
    again.delivered(cursor);
  }
  EXPECT_EQ(again.size(), 0u);
}

TEST_F(LanesTest, ChangesThatCouldNotBeStoredComeBackUnlessNewerOnesAreThere) {
  read(1, {1, 2});
  lanes.take_due(at(1), 10);
  lanes.failed(1, at(1), at(2), "500");
  lanes.failed(2, at(1), at(2), "500");
  const auto changes = lanes.take_changes();
  lanes.take_due(at(2), 10);
  lanes.delivered(1);
  lanes.take_back(changes);
  const auto all = lanes.take_changes();
  EXPECT_THAT(all.removed, ElementsAre(1));
  ASSERT_EQ(all.put.size(), 1u);
  EXPECT_EQ(all.put[0].cursor, 2);
}

}  // namespace
}  // namespace jackfield::outbound
