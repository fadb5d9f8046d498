#include "api/auth.hpp"

#include <gtest/gtest.h>

namespace jackfield::api {
namespace {

const std::vector<Token> kTokens{{"admin", Role::admin, "", "secret-a", {}},
                                 {"ana", Role::agent, "ana", "secret-b", {"billing"}},
                                 {"empty", Role::admin, "", "", {}}};

TEST(Tokens, AKnownTokenIsItsCaller) {
  const Tokens tokens(kTokens);
  ASSERT_TRUE(tokens.find("Bearer secret-a"));
  EXPECT_EQ(tokens.find("Bearer secret-a")->name, "admin");
  EXPECT_EQ(tokens.find("bearer  secret-b ")->agent, "ana");
}

TEST(Tokens, WhatIsNotExactlyATokenIsNobody) {
  const Tokens tokens(kTokens);
  for (const auto* header : {"", "Bearer", "Bearer ", "Bearer secret-", "Bearer secret-ab", "Basic secret-a",
                             "secret-a", "Bearersecret-a"}) {
    EXPECT_FALSE(tokens.find(header)) << header;
  }
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
