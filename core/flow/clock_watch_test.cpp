#include "flow/clock_watch.hpp"

#include "flow/flow_fixture.hpp"

namespace jackfield::flow {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

TEST(ClockWatch, TellsStepsAndNotWhatPasses) {
  ClockWatch watch;
  const Time begun = time_from_ms(1795253400000);
  const ClockWatch::Steady::time_point steady{};
  EXPECT_FALSE(watch.look(begun, steady));
  EXPECT_FALSE(watch.look(begun + seconds(100), steady + seconds(100)));
  EXPECT_FALSE(watch.look(begun + seconds(205), steady + seconds(200))) << "a small correction";
  EXPECT_EQ(watch.look(begun - hours(10), steady + seconds(201)), -Millis{hours(10) + seconds(206)});
  EXPECT_FALSE(watch.look(begun - hours(10) + seconds(2), steady + seconds(203))) << "each step once";
  EXPECT_EQ(watch.look(begun, steady + seconds(205)), Millis{hours(10) - seconds(4)});
}

}  // namespace
}  // namespace jackfield::flow
