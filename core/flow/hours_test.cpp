#include "flow/hours.hpp"

#include <gtest/gtest.h>

namespace jackfield::flow {
namespace {

Time at(const char* text) { return *parse_rfc3339(text); }

LocalDay day(int y, unsigned m, unsigned d) {
  return LocalDay{std::chrono::local_days{std::chrono::year{y} / std::chrono::month{m} / std::chrono::day{d}}};
}

// Monday to Friday 08:00-12:00 and 13:00-20:00, Saturday 09:00-18:00, in Paris.
CalendarSpec office() {
  CalendarSpec spec{.timezone = "Europe/Paris"};
  for (int i = 0; i < 5; ++i) spec.week[static_cast<std::size_t>(i)] = {{13 * 60, 20 * 60}, {8 * 60, 12 * 60}};
  spec.week[5] = {{9 * 60, 18 * 60}};
  spec.days[day(2026, 12, 25)] = {};
  spec.days[day(2026, 12, 24)] = {{8 * 60, 12 * 60}};
  return spec;
}

Calendar calendar(const CalendarSpec& spec) { return std::move(*Calendar::make(spec)); }

TEST(Hours, SpansOfADayAreOpenInTheZonesOwnTime) {
  const auto c = calendar(office());
  EXPECT_FALSE(c.is_open(at("2026-11-23T06:59:59Z")));  // Monday 07:59:59 in Paris
  EXPECT_TRUE(c.is_open(at("2026-11-23T07:00:00Z")));
  EXPECT_FALSE(c.is_open(at("2026-11-23T11:00:00Z")));  // noon
  EXPECT_TRUE(c.is_open(at("2026-11-23T12:00:00Z")));
  EXPECT_FALSE(c.is_open(at("2026-11-22T12:00:00Z")));  // Sunday
}

TEST(Hours, SpecialDaysTakeThePlaceOfTheWeeks) {
  const auto c = calendar(office());
  EXPECT_TRUE(c.is_open(at("2026-12-24T10:59:00Z")));
  EXPECT_FALSE(c.is_open(at("2026-12-24T14:00:00Z")));
  EXPECT_FALSE(c.is_open(at("2026-12-25T10:00:00Z")));
  EXPECT_EQ(c.next_open(at("2026-12-24T14:00:00Z")), at("2026-12-26T08:00:00Z"));  // Saturday 09:00
}

TEST(Hours, TheNextOpeningIsNowWhenItIsOpen) {
  const auto c = calendar(office());
  EXPECT_EQ(c.next_open(at("2026-11-23T09:30:00Z")), at("2026-11-23T09:30:00Z"));
  EXPECT_EQ(c.next_open(at("2026-11-21T18:00:00Z")), at("2026-11-23T07:00:00Z"));
}

TEST(Hours, TheOpenTimeThatItIsInEndsAtTheNextGap) {
  const auto c = calendar(office());
  EXPECT_EQ(c.next_close(at("2026-11-23T09:30:00Z")), at("2026-11-23T11:00:00Z"));  // noon in Paris
  EXPECT_EQ(c.next_close(at("2026-11-23T07:00:00Z")), at("2026-11-23T11:00:00Z"));
  EXPECT_FALSE(c.next_close(at("2026-11-22T12:00:00Z"))) << "it is closed";
  CalendarSpec over_midnight;
  over_midnight.week[0] = {{22 * 60, 24 * 60}};
  over_midnight.week[1] = {{0, 6 * 60}};
  EXPECT_EQ(calendar(over_midnight).next_close(at("2026-11-23T23:00:00Z")), at("2026-11-24T06:00:00Z"));
  CalendarSpec always;
  for (auto& day : always.week) day = {{0, 24 * 60}};
  EXPECT_FALSE(calendar(always).next_close(at("2026-11-23T23:00:00Z")));
  CalendarSpec once;
  once.days[day(2026, 11, 23)] = {{8 * 60, 12 * 60}};
  EXPECT_EQ(calendar(once).next_close(at("2026-11-23T09:00:00Z")), at("2026-11-23T12:00:00Z"));
}

TEST(Hours, OnlyOpenTimeIsAdded) {
  const auto c = calendar(office());
  EXPECT_EQ(c.add(at("2026-11-23T10:30:00Z"), std::chrono::hours{1}), at("2026-11-23T12:30:00Z"));  // over noon
  EXPECT_EQ(c.add(at("2026-11-21T16:30:00Z"), std::chrono::hours{1}), at("2026-11-23T07:30:00Z"));  // over Sunday
  EXPECT_EQ(c.between(at("2026-11-21T16:30:00Z"), at("2026-11-23T07:30:00Z")), std::chrono::hours{1});
  EXPECT_EQ(c.between(at("2026-11-22T01:00:00Z"), at("2026-11-22T20:00:00Z")), Millis{0});
}

TEST(Hours, ADayOfDaylightSavingIsAsLongAsItIs) {
  CalendarSpec always{.timezone = "Europe/Paris"};
  for (auto& spans : always.week) spans = {{0, 24 * 60}};
  const auto c = calendar(always);
  EXPECT_EQ(c.between(at("2026-03-28T23:00:00Z"), at("2026-03-29T22:00:00Z")), std::chrono::hours{23});
  EXPECT_EQ(c.between(at("2026-10-24T22:00:00Z"), at("2026-10-25T23:00:00Z")), std::chrono::hours{25});
  EXPECT_TRUE(c.is_open(at("2026-10-25T00:30:00Z")));
  EXPECT_TRUE(c.is_open(at("2026-10-25T01:30:00Z")));
}

TEST(Hours, AnHourThatIsSkippedOpensAtTheChange) {
  CalendarSpec night{.timezone = "Europe/Paris"};
  night.week[6] = {{2 * 60 + 30, 4 * 60}};  // 02:30 does not exist on 29 March 2026
  const auto c = calendar(night);
  EXPECT_EQ(c.next_open(at("2026-03-28T12:00:00Z")), at("2026-03-29T01:00:00Z"));  // 03:00 summer time
  EXPECT_EQ(c.between(at("2026-03-28T12:00:00Z"), at("2026-03-29T12:00:00Z")), std::chrono::hours{1});
}

TEST(Hours, AnHourThatComesTwiceIsOpenBothTimes) {
  CalendarSpec night{.timezone = "Europe/Paris"};
  night.week[6] = {{2 * 60, 3 * 60}};
  const auto c = calendar(night);
  EXPECT_EQ(c.between(at("2026-10-24T22:00:00Z"), at("2026-10-25T12:00:00Z")), std::chrono::hours{2});
}

TEST(Hours, ASpanMayReachOverMidnight) {
  CalendarSpec night{.timezone = "America/New_York"};
  night.week[0] = {{22 * 60, 6 * 60}};
  const auto c = calendar(night);
  EXPECT_TRUE(c.is_open(at("2026-11-24T10:59:00Z")));  // Tuesday 05:59
  EXPECT_FALSE(c.is_open(at("2026-11-24T11:00:00Z")));
  EXPECT_EQ(c.between(at("2026-11-23T00:00:00Z"), at("2026-11-30T00:00:00Z")), std::chrono::hours{8});
}

TEST(Hours, WhatNeverOpensHasNoNextOpening) {
  const auto c = calendar({.timezone = "UTC"});
  EXPECT_EQ(c.next_open(at("2026-11-23T10:00:00Z")), std::nullopt);
  EXPECT_EQ(c.add(at("2026-11-23T10:00:00Z"), Millis{1}), std::nullopt);
}

TEST(Hours, AnUnknownZoneIsNamed) {
  const auto made = Calendar::make({.timezone = "Europe/Pariss"});
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("Europe/Pariss"), std::string::npos);
}

}  // namespace
}  // namespace jackfield::flow
