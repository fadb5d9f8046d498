// The parts of the check that need no connector; tests/abi holds it against connectors, good and bad.
#include "check/check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "check/exports.hpp"
#include "check/footprint.hpp"
#include "check/fuzz.hpp"

namespace jackfield::check {
namespace {

using testing::HasSubstr;

const Order kOrder{.plugin = "x.so", .testdata = "data", .seed = 7};

TEST(CheckReport, FailureSaysWhatWhyAndHowToSeeItAgain) {
  const auto text = text_of(kOrder, {"send.cancel", "because", Kind::failed, "no answer", Millis{1}});
  EXPECT_THAT(text, HasSubstr("FAIL  send.cancel  no answer\n"));
  EXPECT_THAT(text, HasSubstr("why: because"));
  EXPECT_THAT(text, HasSubstr("jackfield plugin check x.so --testdata data --reproduce 7:send.cancel"));
}

TEST(CheckReport, JUnitCountsAndEscapes) {
  const auto xml = junit_of(kOrder, {{"a", "", Kind::ok, "", Millis{1}},
                                     {"b", "", Kind::skipped, "not <now>", Millis{1}},
                                     {"c", "", Kind::failed, "a \"b\"\n & c", Millis{1}}});
  EXPECT_THAT(xml, HasSubstr("tests=\"3\" failures=\"1\" skipped=\"1\""));
  EXPECT_THAT(xml, HasSubstr("not &lt;now&gt;"));
  EXPECT_THAT(xml, HasSubstr("a &quot;b&quot;  &amp; c"));
}

TEST(CheckOrder, FileThatIsNotThereIsWrongUsage) {
  const auto result = run_checks({.plugin = "/nowhere/x.so"}, [](const Outcome&) {});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("/nowhere/x.so is not there"));
}

TEST(CheckFuzz, SameSeedGivesTheSameBytes) {
  std::mt19937_64 one(3), two(3), three(4);
  const auto first = mutated(one, "hello world");
  EXPECT_EQ(first, mutated(two, "hello world"));
  EXPECT_NE(first, mutated(three, "hello world"));
}

TEST(CheckExports, FileThatIsNoLibraryIsSaidToBeNone) {
  EXPECT_FALSE(exported_symbols("/proc/self/status"));
  EXPECT_FALSE(exported_symbols("/nowhere"));
}

TEST(CheckFootprint, ClosedDescriptorIsATrespass) {
  Footprint before = take_footprint(), after = before;
  EXPECT_TRUE(trespasses(before, after).empty());
  after.descriptors.erase(after.descriptors.begin());
  EXPECT_THAT(trespasses(before, after).front(), HasSubstr("closes descriptor"));
}

}  // namespace
}  // namespace jackfield::check
