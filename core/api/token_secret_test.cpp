#include "api/token_secret.hpp"

#include <gtest/gtest.h>

#include "base/crypto.hpp"

namespace jackfield::api {
namespace {

TEST(TokenSecret, ANewOneHas256BitsAndIsNoOther) {
  SystemRandom random;
  const auto one = new_token(random), other = new_token(random);
  EXPECT_EQ(one.size(), 4u + 43u);  // base64url of 32 bytes
  EXPECT_TRUE(one.starts_with("jft_"));
  EXPECT_NE(one, other);
  EXPECT_EQ(why_no_token(one), "");
}

TEST(TokenSecret, ItsHashIsWrittenWithItsKindAndReadBack) {
  const auto shown = shown_hash("0123456789abcdef");
  EXPECT_EQ(shown, "sha256:" + sha256_hex("0123456789abcdef"));
  EXPECT_EQ(parse_hash(shown), sha256_hex("0123456789abcdef"));
  std::string upper = shown;
  for (std::size_t i = 7; i < upper.size(); ++i) upper[i] = static_cast<char>(std::toupper(upper[i]));
  EXPECT_EQ(parse_hash(upper), parse_hash(shown));
}

TEST(TokenSecret, WhatIsWrittenOtherwiseIsNoHash) {
  const std::string hex(64, 'a');
  for (const auto& wrong : {hex, "sha512:" + hex, "sha256:" + hex + "a", "sha256:" + hex.substr(1), "sha256: " + hex,
                            "sha256:" + hex.substr(1) + "g", std::string()}) {
    EXPECT_FALSE(parse_hash(wrong)) << wrong;
  }
}

TEST(TokenSecret, AShortOneOrOneThatNoHeaderCanCarryIsRefusedWithoutShowingIt) {
  for (const std::string wrong : {"too-short", "sixteen characters", "sixteen-charact\xc3\xa9rs", ""}) {
    const auto why = why_no_token(wrong);
    EXPECT_NE(why, "");
    if (!wrong.empty()) EXPECT_EQ(why.find(wrong), std::string::npos);
  }
}

}  // namespace
}  // namespace jackfield::api
