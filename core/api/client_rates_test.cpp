#include "api/client_rates.hpp"

#include <gtest/gtest.h>

namespace jackfield::api {
namespace {

const Time kNow = time_from_ms(1795253400000);

TEST(ClientRates, AMinutesWorthMayComeAtOnceAndThenEvenly) {
  ClientRates rates(60, 10);
  for (int i = 0; i < 60; ++i) EXPECT_FALSE(rates.take("a", kNow)) << i;
  EXPECT_EQ(rates.take("a", kNow), Millis{1000});
  EXPECT_FALSE(rates.take("b", kNow)) << "another client has its own";
  EXPECT_FALSE(rates.take("a", kNow + Millis{1000}));
  EXPECT_TRUE(rates.take("a", kNow + Millis{1500}));
  EXPECT_TRUE(rates.take("a", kNow)) << "a clock that goes back gives nothing";
}

TEST(ClientRates, WhoAskedLongestAgoIsForgottenWhenThereAreTooMany) {
  ClientRates rates(1, 3);
  for (const auto* client : {"a", "b", "c"}) EXPECT_FALSE(rates.take(client, kNow));
  EXPECT_TRUE(rates.take("a", kNow));
  EXPECT_FALSE(rates.take("d", kNow));  // takes the place of b
  EXPECT_EQ(rates.clients(), 3u);
  EXPECT_TRUE(rates.take("a", kNow));
  EXPECT_FALSE(rates.take("b", kNow));
}

}  // namespace
}  // namespace jackfield::api
