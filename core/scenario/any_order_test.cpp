// Whatever comes in whatever order, with crashes in between: no message is lost or doubled, no conversation is lost,
// held twice or starved, and undoing restores what was.
//
// Each seed is a life of its own. JACKFIELD_ANY_ORDER_SEEDS=500 lives so many instead of the usual few, and
// JACKFIELD_ANY_ORDER_STEPS makes them longer.
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/log.hpp"
#include "scenario/any_order_life.hpp"

namespace jackfield::scenario {
namespace {

constexpr int kUsualSeeds = 12, kUsualSteps = 120;

std::size_t number_from(const char* name, int usual) {
  const char* said = std::getenv(name);
  return said && *said ? std::strtoul(said, nullptr, 10) : static_cast<std::size_t>(usual);
}

class AnyOrder : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override { log::set_level(log::Level::off); }  // disks that die and providers that refuse are meant to
  void TearDown() override { log::set_level(log::Level::info); }
};

TEST_P(AnyOrder, NothingIsLostHeldTwiceOrStarvedAndUndoingRestores) {
  const std::size_t seeds = number_from("JACKFIELD_ANY_ORDER_SEEDS", kUsualSeeds);
  const std::size_t steps = number_from("JACKFIELD_ANY_ORDER_STEPS", kUsualSteps);
  for (auto seed = static_cast<std::size_t>(GetParam()); seed <= seeds; seed += kUsualSeeds) {
    Life(seed).live(steps);
    if (HasFailure()) FAIL() << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Seed, AnyOrder, ::testing::Range(1, kUsualSeeds + 1));

}  // namespace
}  // namespace jackfield::scenario
