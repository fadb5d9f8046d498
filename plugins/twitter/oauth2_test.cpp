// Tokens that rotate, over refusals, restarts and other hosts.
#include "connector_fixture.hpp"

namespace jackfield::twitter {
namespace {

class TwitterWithOAuth2 : public TwitterConnector {
 protected:
  TwitterWithOAuth2()
      : TwitterConnector(
            R"("webhook_url":"https://contact.example.com/channels/test/webhook","oauth2":{"client_id":"client"})",
            true) {}
  void refreshed(int n) {
    ASSERT_TRUE(last_call().url.ends_with("/2/oauth2/token")) << last_call().url;
    answer(200, R"({"access_token":"access-)" + std::to_string(n) + R"(","refresh_token":"refresh-)" +
                    std::to_string(n) + R"(","expires_in":7200})");
  }
  json::object stored() { return json::parse(host_->kv.at("oauth2")).as_object(); }
};

TEST_F(TwitterWithOAuth2, KeepsTheNewRefreshTokenBeforeItUsesTheNewAccessToken) {
  start_by_webhook();
  send(1);
  EXPECT_EQ(last_call().body, "grant_type=refresh_token&refresh_token=first-refresh-token&client_id=client");
  EXPECT_NE(last_call().headers.find("Authorization: Basic "), std::string::npos);
  refreshed(1);
  EXPECT_EQ(stored().at("refresh_token"), "refresh-1");
  EXPECT_NE(last_call().headers.find("Authorization: Bearer access-1\r\n"), std::string::npos);
  answer(201, R"({"data":{"dm_event_id":"5"}})");
  EXPECT_EQ(outcome().outcome, JF_OUTCOME_ACCEPTED);
}

TEST_F(TwitterWithOAuth2, GoesOnWithTheKeptTokenAfterARestart) {
  start_by_webhook();
  send(1);
  refreshed(1);
  answer(201, R"({"data":{"dm_event_id":"5"}})");
  const auto kv = host_->kv;
  host_->stop();
  host_ = std::make_unique<FakeHost>(*jackfield_plugin_v0(), options_);
  host_->kv = kv;
  start();
  app_token();
  send(2);
  EXPECT_NE(last_call().headers.find("Authorization: Bearer access-1\r\n"), std::string::npos) << "no refresh";
  answer(200, R"({"data":[]})");  // of the webhooks, which were asked for first
}

TEST_F(TwitterWithOAuth2, RefreshesOnceWhenTheTokenIsRefusedAndOnlyOneAtATime) {
  start_by_webhook();
  send(1);
  send(2, message(kPublic));
  const auto refreshes = std::count_if(host_->http_calls.begin(), host_->http_calls.end(),
                                       [](const auto& call) { return call.url.ends_with("/2/oauth2/token"); });
  EXPECT_EQ(refreshes, 1);
  refreshed(1);
  answer(401, R"({"detail":"Unauthorized"})");
  EXPECT_EQ(host_->open_http.size(), 2u);  // the other message, and the refresh
  host_->answer(host_->open_http.front(), {.http_status = 201, .body = R"({"data":{"id":"6"}})"});
  host_->settle();
  EXPECT_EQ(last_call().body, "grant_type=refresh_token&refresh_token=refresh-1&client_id=client");
  refreshed(2);
  EXPECT_NE(last_call().headers.find("Authorization: Bearer access-2\r\n"), std::string::npos);
  answer(401, R"({"detail":"Unauthorized"})");
  EXPECT_EQ(outcome().outcome, JF_OUTCOME_RETRY);
  EXPECT_EQ(outcome().error_class, JF_ERROR_AUTH);
}

TEST_F(TwitterWithOAuth2, UsesWhatAnotherHostHasRefreshedMeanwhile) {
  start_by_webhook();
  send(1);
  host_->kv["oauth2"] = R"({"seed":")" + signature_of("jackfield", "first-refresh-token").substr(7, 16) +
                        R"(","refresh_token":"refresh-9","access_token":"access-9","expires_at_ms":)" +
                        std::to_string(kNow + 7'200'000) + "}";
  answer(400, R"({"error":"invalid_request"})");  // the token was used already
  EXPECT_NE(last_call().headers.find("Authorization: Bearer access-9\r\n"), std::string::npos);
  answer(201, R"({"data":{"dm_event_id":"5"}})");
  EXPECT_EQ(outcome().outcome, JF_OUTCOME_ACCEPTED);
}

TEST_F(TwitterWithOAuth2, BeginsAnewWithARefreshTokenThatAPersonHasSet) {
  host_->kv["oauth2"] = R"({"seed":"of another token","refresh_token":"old","access_token":"old","expires_at_ms":)" +
                        std::to_string(kNow + 7'200'000) + "}";
  start_by_webhook();
  send(1);
  EXPECT_NE(last_call().body.find("refresh_token=first-refresh-token"), std::string::npos);
  refreshed(1);
  answer(201, R"({"data":{"dm_event_id":"5"}})");
}

}  // namespace
}  // namespace jackfield::twitter
