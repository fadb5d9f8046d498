#include "oauth_tokens.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probe_connector.hpp"
#include "token_command.hpp"

namespace jackfield::email {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

OauthSettings refreshing() {
  OauthSettings settings;
  settings.token_url = "https://login.example/token";
  settings.client_id = "app 1";
  settings.client_secret = "s&cret";
  settings.refresh_token = "r0";
  settings.scope = "https://mail.example/";
  return settings;
}

struct Tokens : Probe {
  explicit Tokens(OauthSettings settings = refreshing())
      : tokens(std::make_shared<OauthTokens>(sdk(), std::move(settings))) {}
  void ask() {
    tokens->get([this](const OauthTokens::Token& token) {
      values.push_back(token.value);
      problem = token.problem;
    });
    host.settle();
  }
  void answer(const std::string& body, unsigned status = 200) {
    testkit::HttpAnswer answer;
    answer.http_status = status;
    answer.body = body;
    host.answer(host.open_http.front(), answer);
    host.settle();
  }
  std::shared_ptr<OauthTokens> tokens;
  std::vector<std::string> values;
  std::string problem;
};

TEST(OauthTokens, RefreshTokenIsExchangedOnceForAllWhoAsk) {
  Tokens it;
  it.ask();
  it.ask();
  ASSERT_EQ(it.host.http_calls.size(), 1u);
  EXPECT_EQ(it.host.http_calls[0].body,
            "grant_type=refresh_token&client_id=app%201&client_secret=s%26cret&refresh_token=r0&scope=https%3A%2F%2F"
            "mail.example%2F");
  it.answer(R"({"access_token":"t1","expires_in":3600})");
  EXPECT_THAT(it.values, testing::ElementsAre("t1", "t1"));
  it.ask();
  EXPECT_EQ(it.host.http_calls.size(), 1u);
}

TEST(OauthTokens, TokenIsReplacedBeforeItExpiresAndWhenItWasRefused) {
  Tokens it;
  it.ask();
  it.answer(R"({"access_token":"t1","expires_in":"3600"})");
  it.host.advance(54 * 60 * 1000);
  it.ask();
  EXPECT_EQ(it.host.http_calls.size(), 1u);
  it.host.advance(60 * 1000);
  it.ask();
  it.answer(R"({"access_token":"t2","expires_in":60})");
  it.tokens->refused("t1");
  it.ask();
  EXPECT_EQ(it.host.http_calls.size(), 2u);
  it.tokens->refused("t2");
  it.ask();
  it.answer(R"({"access_token":"t3"})");
  EXPECT_THAT(it.values, testing::ElementsAre("t1", "t1", "t2", "t2", "t3"));
}

TEST(OauthTokens, ReplacedRefreshTokenIsKeptAndUsedAfterARestart) {
  Tokens it;
  it.ask();
  it.answer(R"({"access_token":"t1","expires_in":0,"refresh_token":"r1"})");
  EXPECT_THAT(it.values, testing::ElementsAre("t1"));
  ASSERT_EQ(it.host.kv.size(), 1u);
  EXPECT_EQ(it.host.kv.begin()->second, "r1");
  it.tokens = std::make_shared<OauthTokens>(it.sdk(), refreshing());
  it.ask();
  EXPECT_THAT(it.host.http_calls.back().body, HasSubstr("refresh_token=r1"));
  it.answer(R"({"access_token":"t2","expires_in":0,"refresh_token":"r2"})");
  EXPECT_EQ(it.host.kv.begin()->second, "r2");
  OauthSettings changed = refreshing();
  changed.refresh_token = "signed in again";
  it.tokens = std::make_shared<OauthTokens>(it.sdk(), changed);
  it.ask();
  EXPECT_THAT(it.host.http_calls.back().body, HasSubstr("refresh_token=signed%20in%20again"));
}

TEST(OauthTokens, ClientCredentialsNeedNoRefreshToken) {
  OauthSettings settings = refreshing();
  settings.refresh_token.clear();
  Tokens it(settings);
  it.ask();
  EXPECT_THAT(it.host.http_calls[0].body, testing::StartsWith("grant_type=client_credentials&"));
  it.answer(R"({"access_token":"t1","refresh_token":"unwanted"})");
  EXPECT_THAT(it.values, testing::ElementsAre("t1"));
  EXPECT_THAT(it.host.kv, IsEmpty());
}

TEST(OauthTokens, FailureIsToldWithoutSecretsAndAskedAgainNextTime) {
  Tokens it;
  it.ask();
  it.answer(R"({"error":"invalid_grant","error_description":"revoked\r\nhere","refresh_token":"zzz"})", 400);
  EXPECT_THAT(it.problem, testing::AllOf(HasSubstr("400"), HasSubstr("invalid_grant"), HasSubstr("revoked here")));
  EXPECT_THAT(it.problem, testing::Not(HasSubstr("zzz")));
  it.ask();
  for (const char* odd : {"{}", "[]", "plain", R"({"access_token":"a\r\nb"})"}) {
    it.answer(odd);
    EXPECT_THAT(it.problem, HasSubstr("no access token")) << odd;
    it.ask();
  }
}

TEST(OauthTokens, CommandPrintsTheTokenOrAGrant) {
  OauthSettings settings;
  settings.command = {"/bin/sh", "-c", "echo '  tok1  '; echo secret >&2"};
  Tokens bare(settings);
  bare.ask();
  EXPECT_THAT(bare.values, testing::ElementsAre("tok1"));
  settings.command = {"echo", R"({"access_token":"tok2","expires_in":60})"};
  Tokens grant(settings);
  grant.ask();
  EXPECT_THAT(grant.values, testing::ElementsAre("tok2"));
  settings.command = {"/bin/false"};
  Tokens failing(settings);
  failing.ask();
  EXPECT_EQ(failing.problem, "the token command failed");
}

TEST(TokenCommand, IsBoundedInTimeAndBytes) {
  EXPECT_THAT(run_token_command({"/nonexistent/program"}, 1000).problem, HasSubstr("could not be started"));
  EXPECT_THAT(run_token_command({"/bin/sh", "-c", "sleep 100 & wait"}, 100).problem, HasSubstr("too long"));
  EXPECT_THAT(run_token_command({"/bin/sh", "-c", "yes"}, 10000).problem, HasSubstr("too much"));
  EXPECT_THAT(run_token_command({"/bin/sh", "-c", "exec >&-; sleep 100"}, 100).problem, HasSubstr("failed"));
}

}  // namespace
}  // namespace jackfield::email
