#include "peer_limits.hpp"

#include <gtest/gtest.h>

namespace jackfield::email {
namespace {

TEST(PeerLimits, AnAddressHasSoManyConnectionsAtOnceFromWhateverPort) {
  PeerLimits limits(2, 0);
  EXPECT_TRUE(limits.admit("192.0.2.1:1", 0));
  EXPECT_TRUE(limits.admit("192.0.2.1:2", 0));
  EXPECT_FALSE(limits.admit("192.0.2.1:3", 0));
  EXPECT_TRUE(limits.admit("[2001:db8::1]:3", 0));
  limits.release("192.0.2.1:1");
  EXPECT_TRUE(limits.admit("192.0.2.1:4", 0));
}

TEST(PeerLimits, AnAddressHasSoManyNewConnectionsAMinute) {
  PeerLimits limits(0, 2);
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(limits.admit("192.0.2.1:1", 1000));
    limits.release("192.0.2.1:1");
  }
  EXPECT_FALSE(limits.admit("192.0.2.1:1", 59000));
  EXPECT_TRUE(limits.admit("192.0.2.1:1", 61000));
}

TEST(PeerLimits, AddressesAreNotRememberedForEver) {
  PeerLimits limits(10, 10);
  for (int i = 0; i < 30000; ++i) {
    const std::string peer = "p" + std::to_string(i) + ":1";
    EXPECT_TRUE(limits.admit(peer, i * 60000LL));
    limits.release(peer);
  }
  EXPECT_LE(limits.held(), 10000u);
}

}  // namespace
}  // namespace jackfield::email
