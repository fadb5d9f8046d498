#include <gtest/gtest.h>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/crypto.hpp"
#include "base/id.hpp"
#include "base/log.hpp"

namespace jackfield {
namespace {

TEST(Clock, Rfc3339GoesThereAndBack) {
  const auto t = parse_rfc3339("2026-11-21T09:30:00.412Z");
  ASSERT_TRUE(t);
  EXPECT_EQ(to_rfc3339(*t), "2026-11-21T09:30:00.412Z");
  EXPECT_EQ(parse_rfc3339("2026-11-21T10:30:00.412+01:00"), t);
  EXPECT_EQ(parse_rfc3339("2026-11-21T09:30:00.412999Z"), t);
}

TEST(Clock, WhatIsNoTimeIsRefused) {
  for (const auto* text : {"", "2026-11-21", "2026-13-21T09:30:00Z", "2026-02-30T09:30:00Z", "2026-11-21T09:30:00",
                           "2026-11-21T24:30:00Z", "2026-11-21T09:30:00.Z", "2026-11-21T09:30:00+1:00"})
    EXPECT_FALSE(parse_rfc3339(text)) << text;
}

TEST(Id, SortsAsTextLikeAsNumber) {
  FakeClock clock(*parse_rfc3339("2026-11-21T00:00:00Z"));
  IdSource ids(clock);
  Id last = ids.next();
  for (int i = 0; i < 10000; ++i) {
    if (i % 100 == 0) clock.advance(Millis{1});
    const Id next = ids.next();
    ASSERT_LT(last, next);
    ASSERT_LT(to_string(last), to_string(next));
    ASSERT_EQ(parse_id(to_string(next)), next);
    last = next;
  }
}

TEST(Id, KeepsRisingWhenTheClockStepsBackAndAfterARestart) {
  FakeClock clock(*parse_rfc3339("2026-11-21T00:00:00Z"));
  IdSource ids(clock);
  const Id before = ids.next();
  clock.set(*parse_rfc3339("2026-11-20T00:00:00Z"));
  EXPECT_LT(before, ids.next());
  IdSource restarted(clock);
  restarted.start_after(before);
  EXPECT_LT(before, restarted.next());
}

TEST(Id, RefusesWhatItDidNotWrite) {
  for (const auto* text : {"", "abc", "zzzzzzzzzzzzz", "000000000000o", "0000000000000000"})
    EXPECT_FALSE(parse_id(text)) << text;
}

TEST(Backoff, GrowsToItsBoundWithJitterBelow) {
  SeededRandom random(1);
  const Backoff backoff{Millis{1000}, Millis{60000}, 2.0};
  for (int n = 1; n < 40; ++n) {
    const auto full = std::min<std::int64_t>(60000, 1000ll << std::min(n - 1, 20));
    const auto wait = backoff.after(n, random).count();
    EXPECT_GE(wait, full / 2);
    EXPECT_LE(wait, full);
  }
}

TEST(Crypto, KnowsTheVectors) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const auto mac = hmac_sha256("app-secret-for-tests", R"({"object":"whatsapp_business_account","entry":[]})");
  EXPECT_EQ(to_hex(mac.data(), mac.size()), "1ca363dab318df784e1963b29dca91e2098e6cf2fbf0d3c14e09580a90684a61");
  EXPECT_EQ(from_base64(to_base64("any carnal pleas")), "any carnal pleas");
  EXPECT_TRUE(equal_constant_time("same", "same"));
  EXPECT_FALSE(equal_constant_time("same", "sama"));
}

TEST(Log, MasksSecretsWhereverTheyStand) {
  log::add_secret("hunter2-hunter2");
  EXPECT_EQ(log::masked("token=hunter2-hunter2; again hunter2-hunter2"), "token=***; again ***");
}

}  // namespace
}  // namespace jackfield
