#include "scenario/local_time.hpp"

#include <gtest/gtest.h>

namespace jackfield::scenario {
namespace {

class ParisTime : public ::testing::Test {
 protected:
  std::string at(const char* text, const char* now) {
    const auto moment = parse_moment(text);
    if (!moment) return "no time";
    const auto found = paris.resolve(*moment, *parse_rfc3339(now));
    return found ? to_rfc3339(*found) : found.error().message;
  }
  const LocalTime paris = LocalTime::make("Europe/Paris").value();
};

TEST_F(ParisTime, IsReadAsPeopleWriteIt) {
  EXPECT_EQ(at("09:05", "2026-03-23T08:00:00Z"), "2026-03-23T08:05:00.000Z");
  EXPECT_EQ(at("09:05:30", "2026-03-23T08:00:00Z"), "2026-03-23T08:05:30.000Z");
  EXPECT_EQ(at("2026-07-01 09:05", "2026-03-23T08:00:00Z"), "2026-07-01T07:05:00.000Z");
  for (const char* wrong : {"", "9", "25:00", "09:60", "09:05x", "2026-02-30 09:00", "someday 09:00", "2026-03-23"})
    EXPECT_EQ(at(wrong, "2026-03-23T08:00:00Z"), "no time") << wrong;
  EXPECT_FALSE(LocalTime::make("Europe/Atlantis"));
}

TEST_F(ParisTime, OfAWeekdayIsTheNextOne) {
  EXPECT_EQ(at("mon 09:05", "2026-03-23T08:00:00Z"), "2026-03-23T08:05:00.000Z");  // a Monday, at 09:00
  EXPECT_EQ(at("mon 08:00", "2026-03-23T08:00:00Z"), "2026-03-30T06:00:00.000Z");
  EXPECT_EQ(at("sun 08:00", "2026-03-23T08:00:00Z"), "2026-03-29T06:00:00.000Z");
}

TEST_F(ParisTime, DoesNotGoBack) { EXPECT_EQ(at("08:59", "2026-03-23T08:00:00Z"), "it is 2026-03-23 09:00 already"); }

TEST_F(ParisTime, LeavesOutAnHourInSpringAndHasOneTwiceInAutumn) {
  EXPECT_EQ(at("02:30", "2026-03-29T00:00:00Z"), "2026-03-29 02:30 is left out by the change to summer time");
  EXPECT_EQ(at("02:30", "2026-10-25T00:00:00Z"), "2026-10-25T00:30:00.000Z");
  EXPECT_EQ(at("02:30", "2026-10-25T00:45:00Z"), "2026-10-25T01:30:00.000Z");
  EXPECT_EQ(paris.shown(*parse_rfc3339("2026-10-25T01:30:05Z")), "2026-10-25 02:30:05");
}

}  // namespace
}  // namespace jackfield::scenario
