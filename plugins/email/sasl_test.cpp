#include "sasl.hpp"

#include <gtest/gtest.h>

#include <set>

namespace jackfield::email {
namespace {

Mechanism chosen(bool bearer, const std::set<std::string_view>& offered) {
  Login login;
  login.bearer = bearer;
  return choose_mechanism(login, [&](std::string_view name) { return offered.contains(name); });
}

TEST(Sasl, FirstResponsesAreWhatTheServersExpect) {
  EXPECT_EQ(first_response(Mechanism::plain, {"agent@example.test", "s3cret", false, "", 0}),
            "AGFnZW50QGV4YW1wbGUudGVzdABzM2NyZXQ=");
  const Login bearer{"agent@example.test", "tok123", true, "imap.example.test", 993};
  EXPECT_EQ(first_response(Mechanism::xoauth2, bearer), "dXNlcj1hZ2VudEBleGFtcGxlLnRlc3QBYXV0aD1CZWFyZXIgdG9rMTIzAQE=");
  EXPECT_EQ(first_response(Mechanism::oauthbearer, bearer),
            "bixhPWFnZW50QGV4YW1wbGUudGVzdCwBaG9zdD1pbWFwLmV4YW1wbGUudGVzdAFwb3J0PTk5MwFhdXRoPUJlYXJlciB0b2sxMjMBAQ==");
  EXPECT_EQ(first_response(Mechanism::login, bearer), "");
}

TEST(Sasl, ErrorChallengesAreAnsweredSoThatTheRefusalComes) {
  const Login bearer{"a", "t", true, "h", 1};
  EXPECT_EQ(next_response(Mechanism::xoauth2, bearer, 0), "");
  EXPECT_EQ(next_response(Mechanism::oauthbearer, bearer, 0), "AQ==");
  const Login password{"me", "pw", false, "", 0};
  EXPECT_EQ(next_response(Mechanism::login, password, 0), "bWU=");
  EXPECT_EQ(next_response(Mechanism::login, password, 1), "cHc=");
}

TEST(Sasl, MechanismFitsTheLogin) {
  EXPECT_EQ(chosen(true, {"PLAIN", "XOAUTH2", "OAUTHBEARER"}), Mechanism::xoauth2);
  EXPECT_EQ(chosen(true, {"PLAIN", "OAUTHBEARER"}), Mechanism::oauthbearer);
  EXPECT_EQ(chosen(true, {"PLAIN"}), Mechanism::none);
  EXPECT_EQ(chosen(false, {"LOGIN", "PLAIN", "XOAUTH2"}), Mechanism::plain);
  EXPECT_EQ(chosen(false, {"LOGIN"}), Mechanism::login);
  EXPECT_EQ(chosen(false, {"XOAUTH2"}), Mechanism::none);
}

}  // namespace
}  // namespace jackfield::email
