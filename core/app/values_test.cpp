#include "app/values.hpp"

#include <gtest/gtest.h>

namespace jackfield::app {
namespace {

TEST(Values, DurationsHaveOneNumberAndOneUnit) {
  EXPECT_EQ(parse_duration("500ms"), Millis{500});
  EXPECT_EQ(parse_duration("90s"), Millis{90'000});
  EXPECT_EQ(parse_duration("5m"), Millis{300'000});
  EXPECT_EQ(parse_duration("4h"), Millis{14'400'000});
  EXPECT_EQ(parse_duration("7d"), Millis{604'800'000});
  EXPECT_EQ(parse_duration("0"), Millis{0});
  for (const char* wrong :
       {"", "5", "m", "-5m", "+5m", "5 m", "5M", "1.5h", "5m30s", "99999999999999999999s", "9000000000d"}) {
    EXPECT_EQ(parse_duration(wrong), std::nullopt) << wrong;
  }
}

TEST(Values, SizesHaveOneNumberAndOneUnit) {
  EXPECT_EQ(parse_size("512B"), 512);
  EXPECT_EQ(parse_size("256KiB"), 262'144);
  EXPECT_EQ(parse_size("16MiB"), 16'777'216);
  EXPECT_EQ(parse_size("2GiB"), 2'147'483'648);
  for (const char* wrong : {"", "5", "5KB", "5kib", "-5B", "99999999999GiB"})
    EXPECT_EQ(parse_size(wrong), std::nullopt) << wrong;
}

TEST(Values, SuggestionsAreNearOrNotMade) {
  const std::vector<std::string> keys{"plugin", "settings", "rate", "to"};
  EXPECT_EQ(suggestion("plugn", keys), " (did you mean \"plugin\"?)");
  EXPECT_EQ(suggestion("setings", keys), " (did you mean \"settings\"?)");
  EXPECT_EQ(suggestion("raet", keys), " (did you mean \"rate\"?)");
  EXPECT_EQ(suggestion("colour", keys), "");
  EXPECT_EQ(suggestion("x", keys), "");
}

}  // namespace
}  // namespace jackfield::app
