#include "net/networks.hpp"

#include <gtest/gtest.h>

namespace jackfield::net {
namespace {

TEST(Networks, HoldWhatIsWrittenAndNothingElse) {
  const auto networks = Networks::make({"10.0.0.0/8", "192.0.2.7", "::1", "2001:db8::/32"}).value();
  for (const auto* in : {"10.0.0.1", "10.255.255.255", "192.0.2.7", "::1", "2001:db8:1::5", "::ffff:10.1.2.3"})
    EXPECT_TRUE(networks.contain(in)) << in;
  for (const auto* out : {"11.0.0.1", "192.0.2.8", "::2", "2001:db9::", "::ffff:11.1.2.3", "", "nonsense"})
    EXPECT_FALSE(networks.contain(out)) << out;
  EXPECT_FALSE(Networks().contain("10.0.0.1"));
}

TEST(Networks, WhatIsNoneIsNamed) {
  for (const auto* wrong : {"10.0.0.1/8", "10.0.0.0/33", "here", "", "1.2.3"}) {
    const auto made = Networks::make({"::1", wrong});
    ASSERT_TRUE(made.has_error()) << wrong;
    EXPECT_NE(made.error().message.find("\"" + std::string(wrong) + "\""), std::string::npos);
  }
}

TEST(CustomerOf, IsTheNetworkThatAnIpv6CustomerHas) {
  EXPECT_EQ(customer_of("2001:db8::1"), customer_of("2001:db8::ffff:2"));
  EXPECT_NE(customer_of("2001:db8::1"), customer_of("2001:db8:0:1::1"));
  EXPECT_EQ(customer_of("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(customer_of("?"), "?");
}

}  // namespace
}  // namespace jackfield::net
