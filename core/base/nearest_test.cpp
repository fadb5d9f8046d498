#include "base/nearest.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace jackfield {
namespace {

using Names = std::vector<std::string>;

TEST(Nearest, FindsWhatWasMistyped) {
  EXPECT_EQ(nearest("twilo", Names{"smpp", "twilio", "vonage"}), "twilio");
  EXPECT_EQ(nearest("form", Names{"from", "to"}), "from");  // a swap is one edit
  EXPECT_EQ(nearest("Maria", Names{"mario", "maria"}), "maria");
}

TEST(Nearest, DoesNotTurnANameIntoAnother) {
  EXPECT_EQ(nearest("eva", Names{"ana", "bo"}), "");
  EXPECT_EQ(nearest("paul", Names{"saul bellow", "carl", "pia"}), "");
  EXPECT_EQ(nearest("x", Names{"y", "to"}), "");
  EXPECT_EQ(nearest(std::string(101, 'a'), Names{std::string(101, 'a')}), "");
}

}  // namespace
}  // namespace jackfield
