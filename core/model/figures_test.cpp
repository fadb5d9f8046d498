#include "model/figures.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

Figures some() {
  Figures f;
  f[Count::opened] = 7;
  f[count_of_score(5)] = 2;
  f[Measure::wait].wall.add(seconds{4});
  f[Measure::resolution].open.add(minutes{30});
  f[Measure::resolution].open.add(std::chrono::hours{1000});
  return f;
}

TEST(Figures, ComeBackAsTheyWereStored) {
  EXPECT_EQ(figures_from_text(figures_to_text(some())).value(), some());
  EXPECT_EQ(figures_to_text(Figures{}), "");
  EXPECT_EQ(figures_from_text("").value(), Figures{});
}

TEST(Figures, KeepTheNumbersThatTheyAreStoredUnder) {
  EXPECT_EQ(figures_to_text(some()), "0:7 18:2 64:4000 65:4000 66:1 224:3601800000 225:3600000000 234:1 242:1");
}

TEST(Figures, OfANewerProgramAreReadAsFarAsTheyAreKnown) {
  EXPECT_EQ(figures_from_text("0:7 60:5 100000:3").value()[Count::opened], 7);
}

TEST(Figures, ThatAreNoneAreRefused) {
  for (const char* text : {"x", "1", "1:", "1:2,", "1:2 x", ":"}) EXPECT_FALSE(figures_from_text(text)) << text;
}

TEST(Figures, AddUp) {
  Figures sum = some();
  sum.add(some());
  EXPECT_EQ(sum[Count::opened], 14);
  EXPECT_EQ(sum[Measure::wait].wall.count(), 2);
  EXPECT_EQ(sum[Measure::resolution].open.longest, std::chrono::milliseconds(std::chrono::hours{1000}).count());
}

TEST(Spread, APercentileIsExactAtTheEndsOfStepsAndNeverAboveTheLongest) {
  Spread s;
  EXPECT_EQ(s.percentile(0.5), Millis{0});
  for (int i = 0; i < 10; ++i) s.add(seconds{5});
  EXPECT_EQ(s.percentile(1.0), seconds{5});
  for (int i = 0; i < 10; ++i) s.add(seconds{20});
  EXPECT_EQ(s.percentile(0.5), seconds{5});
  EXPECT_EQ(s.percentile(1.0), seconds{20});
  EXPECT_GT(s.percentile(0.9), seconds{15});
  EXPECT_LE(s.percentile(0.9), seconds{20});
}

TEST(Spread, ADurationBelongsToTheFirstStepThatItDoesNotExceed) {
  Spread s;
  s.add(Millis{5000});
  s.add(Millis{5001});
  s.add(Millis{-7});
  EXPECT_EQ(s.steps[0], 2);
  EXPECT_EQ(s.steps[1], 1);
  EXPECT_EQ(s.total, 10'001);
}

}  // namespace
}  // namespace jackfield
