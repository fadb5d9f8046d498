#include "outbound/signature.hpp"

#include <gtest/gtest.h>

namespace jackfield::outbound {
namespace {

// The example of the Standard Webhooks libraries.
TEST(Signature, IsThatOfTheStandardsExample) {
  const auto key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  ASSERT_TRUE(key);
  EXPECT_EQ(sign(*key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(Signature, ANewSecretHasAKey) {
  SeededRandom random(1);
  const std::string secret = new_secret(random);
  EXPECT_EQ(key_of(secret).value_or("").size(), 24u);
  EXPECT_NE(secret, new_secret(random));
}

TEST(Signature, WhatIsNoSecretHasNoKey) {
  EXPECT_FALSE(key_of(""));
  EXPECT_FALSE(key_of("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
  EXPECT_FALSE(key_of("whsec_"));
  EXPECT_FALSE(key_of("whsec_c2hvcnQ="));
  EXPECT_FALSE(key_of("whsec_not base64 at all, not base64"));
}

}  // namespace
}  // namespace jackfield::outbound
