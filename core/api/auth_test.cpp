#include "api/auth.hpp"

#include <gtest/gtest.h>

namespace jackfield::api {
namespace {

const std::vector<Token> kTokens{{"admin", Role::admin, "", "secret-a", {}},
                                 {"ana", Role::agent, "ana", "secret-b", {"billing"}},
                                 {"empty", Role::admin, "", "", {}},
                                 {"hashed", Role::admin, "", "", {}, sha256_hex("secret-c")}};
const Time kNow = time_from_ms(1795253400000);

store::ApiToken made(Id id, const std::string& secret) {
  store::ApiToken token;
  token.id = id;
  token.name = secret;
  token.role = "integration";
  token.hash = sha256_hex(secret);
  return token;
}

TEST(Tokens, AKnownTokenIsItsCaller) {
  const Tokens tokens(kTokens);
  ASSERT_TRUE(tokens.find("Bearer secret-a", kNow));
  EXPECT_EQ(tokens.find("Bearer secret-a", kNow)->name, "admin");
  EXPECT_EQ(tokens.find("bearer  secret-b ", kNow)->agent, "ana");
  EXPECT_EQ(tokens.find("Bearer secret-c", kNow)->name, "hashed");
}

TEST(Tokens, WhatIsNotExactlyATokenIsNobody) {
  const Tokens tokens(kTokens);
  for (const auto* header : {"", "Bearer", "Bearer ", "Bearer secret-", "Bearer secret-ab", "Basic secret-a",
                             "secret-a", "Bearersecret-a"}) {
    EXPECT_FALSE(tokens.find(header, kNow)) << header;
  }
}

TEST(Tokens, TheHashOfATokenIsNoToken) {
  const Tokens tokens(kTokens);
  EXPECT_FALSE(tokens.find("Bearer " + sha256_hex("secret-c"), kNow));
}

TEST(Tokens, WhenOneWasUsedIsKnownToThoseThatTakeThePlaceOfTheOthers) {
  const Tokens before(kTokens, {made(Id{7}, "secret-d")}, "key");
  before.find("Bearer secret-d", kNow)->use->used(kNow);
  const Tokens after({}, {made(Id{7}, "secret-d"), made(Id{8}, "secret-e")}, "key", &before);
  EXPECT_EQ(after.find("Bearer secret-d", kNow)->use->at(), kNow);
  EXPECT_EQ(after.find("Bearer secret-e", kNow)->use->at(), Time{});
  EXPECT_FALSE(after.know(*before.find("Bearer secret-a", kNow), kNow));
  EXPECT_TRUE(after.know(*before.find("Bearer secret-d", kNow), kNow));
}

TEST(Tokens, ARoleThatIsNotKnownLetsNobodyIn) {
  auto token = made(Id{7}, "secret-d");
  token.role = "auditor";
  EXPECT_FALSE(Tokens({}, {token}).find("Bearer secret-d", kNow));
}

TEST(TokenUse, IsNotedOnceAMinute) {
  TokenUse use;
  EXPECT_TRUE(use.used(kNow));
  EXPECT_FALSE(use.used(kNow + Millis{59'999}));
  EXPECT_EQ(use.at(), kNow + Millis{59'999});
  EXPECT_TRUE(use.used(kNow + Millis{60'000}));
}

TEST(Caller, AnAgentSeesItsQueuesOnlyAndWithNoneNamedAll) {
  Caller caller{"ana", Role::agent, "ana", {"billing"}};
  EXPECT_TRUE(caller.sees_queue("billing"));
  EXPECT_FALSE(caller.sees_queue("social"));
  EXPECT_FALSE(caller.sees_queue(""));
  caller.queues.clear();
  EXPECT_TRUE(caller.sees_queue("social"));
}

TEST(Caller, QueuesHoldNobodyButAgents) {
  const Caller crm{"crm", Role::integration, "", {"billing"}};
  EXPECT_TRUE(crm.sees_queue("social"));
}

}  // namespace
}  // namespace jackfield::api
