#include <gtest/gtest.h>

#include "net/http_server.hpp"

namespace jackfield::net {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST(Query, DecodesEscapesAndLeavesWhatIsNone) {
  EXPECT_EQ(percent_decode("a%20b%2Fc"), "a b/c");
  EXPECT_EQ(percent_decode("100%"), "100%");
  EXPECT_EQ(percent_decode("%zz%4"), "%zz%4");
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_EQ(percent_decode("a+b", true), "a b");
}

TEST(Query, IsSplitIntoPairsInOrder) {
  EXPECT_EQ(parse_query("a=1&b=x%26y&&c&d=e=f&g=+"),
            (Pairs{{"a", "1"}, {"b", "x&y"}, {"c", ""}, {"d", "e=f"}, {"g", " "}}));
  EXPECT_EQ(parse_query(""), Pairs{});
}

}  // namespace
}  // namespace jackfield::net
