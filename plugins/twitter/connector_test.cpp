// The connector as the host sees it: what the case files in testdata/check cannot say.
#include <testkit/settings_table.hpp>

#include "connector_fixture.hpp"

namespace jackfield::twitter {
namespace {

TEST_F(TwitterConnector, IsReadyOnceXKnowsTheWebhookAndEverySubscription) {
  start();
  EXPECT_EQ(host_->state, JF_STATE_STARTING);
  app_token();
  answer(200, R"({"data":[{"id":"900","url":"https://contact.example.com/channels/test/webhook","valid":true}]})");
  EXPECT_EQ(last_call().url, "http://127.0.0.1:9000/2/activity/subscriptions");
  EXPECT_NE(last_call().headers.find("Authorization: Bearer app-token\r\n"), std::string::npos);
  answer(200, all_subscriptions());
  EXPECT_EQ(host_->state, JF_STATE_READY);
}

TEST_F(TwitterConnector, TriesAgainLaterAndLaterWhenXCannotBeReached) {
  start();
  app_token();
  answer(503, "");
  EXPECT_EQ(host_->state, JF_STATE_DEGRADED);
  const auto calls = host_->http_calls.size();
  host_->advance(999);
  EXPECT_EQ(host_->http_calls.size(), calls);
  host_->advance(1);
  EXPECT_EQ(host_->http_calls.size(), calls + 1);
  answer(503, "");
  host_->advance(1999);
  EXPECT_EQ(host_->http_calls.size(), calls + 1);
  host_->advance(1);
  answer(200, R"({"data":[{"id":"900","url":"https://contact.example.com/channels/test/webhook","valid":true}]})");
  answer(200, all_subscriptions());
  EXPECT_EQ(host_->state, JF_STATE_READY);
}

TEST_F(TwitterConnector, LooksAfterTheWebhookEveryQuarterOfAnHour) {
  start_by_webhook();
  host_->advance(900'000);
  EXPECT_EQ(last_call().url, "http://127.0.0.1:9000/2/webhooks");
  answer(200, R"({"data":[{"id":"900","url":"https://contact.example.com/channels/test/webhook","valid":false}]})");
  EXPECT_EQ(last_call().method, "PUT");
  EXPECT_EQ(last_call().url, "http://127.0.0.1:9000/2/webhooks/900");
  answer(400, R"({"detail":"CrcValidationFailed"})");
  EXPECT_EQ(host_->state, JF_STATE_DEGRADED);
  EXPECT_NE(host_->state_detail.find("CrcValidationFailed"), std::string::npos);
}

TEST_F(TwitterConnector, TakesTheSignatureOfEitherSecretWhileOneIsReplaced) {
  start_by_webhook();
  EXPECT_EQ(post(dm("1")).http_status, 200u);
  testkit::WebhookCall call;
  call.body = dm("2");
  call.headers = "x-twitter-webhooks-signature: " + signature_of("new-secret", call.body) + "\r\n";
  host_->webhook(call);
  host_->settle();
  EXPECT_EQ(host_->webhook_answers.back().http_status, 200u);
  EXPECT_EQ(host_->deliveries.size(), 2u);
}

TEST_F(TwitterConnector, AsksForWhatItCouldNotStoreBecauseXDoesNotPostTwice) {
  start_by_webhook();
  const auto cursor = host_->kv.at("cursor");
  host_->failing_deliveries = 1;
  EXPECT_EQ(post(dm("1")).http_status, 503u);
  EXPECT_EQ(post(dm("2")).http_status, 200u);
  EXPECT_EQ(host_->kv.at("cursor"), cursor) << "it stands still while something is missing";
  host_->advance(30'000);
  EXPECT_EQ(last_call().url, "http://127.0.0.1:9000/2/webhooks/replay");
  answer(200, R"({"data":{"job_id":"1"}})");
  EXPECT_GT(host_->kv.at("cursor"), cursor);
}

TEST_F(TwitterConnector, AnswersUnknownAtTheDeadlineOnceTheRequestIsOut) {
  start_by_webhook();
  send(1);
  host_->cancel(1);
  EXPECT_EQ(outcome().outcome, JF_OUTCOME_UNKNOWN);
  answer(201, R"({"data":{"dm_event_id":"5"}})");
  EXPECT_EQ(host_->send_answers.size(), 1u);
  EXPECT_NE(host_->kv.at("open_sends").find("01M"), std::string::npos) << "so that its echo is known";
}

TEST_F(TwitterConnector, TellsTheHostThatAMessageOfBeforeTheRestartWasSent) {
  host_->kv["open_sends"] = R"([{"correlation":"01OLD","to":"222","text":"Hello","public":false,"at_ms":)" +
                            std::to_string(kNow - 1000) + "}]";
  start();
  ASSERT_NE(host_->http_calls.front().url.find("/2/dm_conversations/with/222/dm_events"), std::string::npos);
  const auto id = std::to_string(((kNow - 500 - 1288834974657) << 22) + 7);
  answer(200,
         R"({"data":[{"id":")" + id +
             R"(","event_type":"MessageCreate","text":"Hello","sender_id":"111","dm_conversation_id":"111-222"}]})");
  ASSERT_EQ(host_->deliveries.size(), 1u);
  const auto event = json::parse(host_->deliveries[0]).as_object();
  EXPECT_EQ(event.at("correlation"), "01OLD");
  EXPECT_EQ(event.at("id").as_string(), id);
  EXPECT_EQ(host_->kv.count("open_sends"), 0u);
}

TEST_F(TwitterConnector, TakesTheEchoOfAMessageThatXTookAsItsReceipt) {
  start_by_webhook();
  send(1);
  answer(201, R"({"data":{"dm_event_id":"77"}})");
  post(dm("77", "dm.sent", "Hello"));
  const auto events = json::parse(host_->deliveries.back());
  EXPECT_EQ(events.as_array().at(0),
            (json::value{{"type", "status"}, {"id", "77"}, {"account", "111"}, {"status", "sent"}}));
}

TEST_F(TwitterConnector, MirrorsWhatAnotherProgramSent) {
  start_by_webhook();
  post(dm("7", "dm.sent", "from the app"));
  EXPECT_EQ(json::parse(host_->deliveries.back()).as_array().at(0).at("direction"), "out");
}

TEST_F(TwitterConnector, PausesWithoutCreditsAndGoesOnOncePaid) {
  start_by_webhook();
  send(1);
  answer(402, R"({"detail":"no credits"})");
  EXPECT_EQ(outcome().outcome, JF_OUTCOME_RETRY);
  EXPECT_EQ(outcome().retry_scope, JF_SCOPE_CHANNEL);
  EXPECT_EQ(host_->capacity, 0u);
  EXPECT_EQ(host_->state, JF_STATE_DEGRADED);
  host_->advance(600'000);
  EXPECT_EQ(host_->capacity, 1u) << "one may try";
  send(2, message(), 2);
  answer(201, R"({"data":{"dm_event_id":"5"}})");
  EXPECT_EQ(host_->capacity, 16u);
  EXPECT_EQ(host_->state, JF_STATE_READY);
}

TEST_F(TwitterConnector, SendsAgainOnceTheLimitIsReset) {
  start_by_webhook();
  send(1);
  const auto reset = std::to_string(kNow / 1000 + 60);
  answer(201, R"({"data":{"dm_event_id":"5"}})", "x-rate-limit-remaining: 0\r\nx-rate-limit-reset: " + reset + "\r\n");
  send(2);
  EXPECT_EQ(outcome().outcome, JF_OUTCOME_RETRY);
  EXPECT_EQ(outcome().retry_scope, JF_SCOPE_MESSAGE) << "posts and other users' messages need not wait";
  EXPECT_EQ(outcome().retry_after_ms, 61'000u);
  send(3, message(kPublic));
  answer(201, R"({"data":{"id":"6"}})");
  EXPECT_EQ(outcome().outcome, JF_OUTCOME_ACCEPTED);
  host_->advance(61'000);
  send(4);
  answer(201, R"({"data":{"dm_event_id":"7"}})");
  EXPECT_EQ(outcome().outcome, JF_OUTCOME_ACCEPTED);
}

TEST_F(TwitterConnector, GoesOnWhereItStoppedWhenAPartIsTriedAgain) {
  start_by_webhook();
  host_->blobs[testkit::sha256_hex("PNG")] = "PNG";
  const auto two =
      R"({"id":"01M","visibility":"private","to":[{"address":"twitter:222"}],"parts":[{"type":"media","media_type":"image/png","size":3,"blob":")" +
      testkit::sha256_hex("PNG") + R"(","caption":"one"},{"type":"media","media_type":"image/jpeg","size":3,"blob":")" +
      testkit::sha256_hex("PNG") + R"("}]})";
  send(1, two);
  answer(200, R"({"data":{"id":"99"}})");
  answer(200, "{}");
  answer(200, R"({"data":{"id":"99"}})");
  answer(201, R"({"data":{"dm_event_id":"5"}})");
  answer(500, "");
  EXPECT_EQ(outcome().outcome, JF_OUTCOME_RETRY);
  EXPECT_EQ(host_->notes, std::vector<std::string>{R"(["5"])"});
  const auto calls = host_->http_calls.size();
  send(2, two, 2);
  EXPECT_EQ(host_->http_calls.size(), calls + 1) << "neither the first part nor the upload again";
  answer(201, R"({"data":{"dm_event_id":"6"}})");
  EXPECT_EQ(outcome().provider_ids, R"(["5","6"])");
}

TEST_F(TwitterConnector, WaitsWhileXLooksAtAVideo) {
  start_by_webhook();
  host_->blobs[testkit::sha256_hex("MP4")] = "MP4";
  send(
      1,
      R"({"id":"01M","visibility":"private","to":[{"address":"twitter:222"}],"parts":[{"type":"media","media_type":"video/mp4","size":3,"blob":")" +
          testkit::sha256_hex("MP4") + R"("}]})");
  answer(200, R"({"data":{"id":"99"}})");
  answer(200, "{}");
  answer(200, R"({"data":{"id":"99","processing_info":{"state":"pending","check_after_secs":5}}})");
  EXPECT_TRUE(host_->open_http.empty());
  host_->advance(5000);
  EXPECT_TRUE(last_call().url.ends_with("/2/media/upload?command=STATUS&media_id=99"));
  answer(200, R"({"data":{"id":"99","processing_info":{"state":"failed","error":{"message":"bad codec"}}}})");
  EXPECT_EQ(outcome().outcome, JF_OUTCOME_REJECTED);
  EXPECT_NE(outcome().detail.find("bad codec"), std::string::npos);
}

TEST_F(TwitterConnector, FetchesNothingFromAPlainHttpServerElsewhere) {
  start_by_webhook();
  host_->fetch(1, R"({"type":"media","kind":"image","source":{"id":"5","url":"http://example.com/a.jpg"}})");
  EXPECT_EQ(host_->fetch_answers.back().outcome, JF_OUTCOME_REJECTED);
}

TEST_F(TwitterConnector, ComesBackAfterARevocationOnlyWhenXKnowsTheTokenAgain) {
  start_by_webhook();
  post(R"({"data":{"filter":{"user_id":"111"},"event_type":"oauth.revoke","payload":{"user_id":"111"}}})");
  EXPECT_EQ(host_->state, JF_STATE_FAILED);
  host_->start();  // as the host does, with backoff
  host_->settle();
  EXPECT_TRUE(last_call().url.ends_with("/2/users/me"));
  answer(401, R"({"detail":"Unauthorized"})");
  EXPECT_EQ(host_->state, JF_STATE_FAILED);
  host_->start();
  host_->settle();
  answer(200, R"({"data":{"id":"111"}})");
  answer(200, R"({"data":[{"id":"900","url":"https://contact.example.com/channels/test/webhook","valid":true}]})");
  answer(200, all_subscriptions());
  EXPECT_EQ(host_->state, JF_STATE_READY);
}

TEST(TwitterSettings, WithoutASecretTheChannelSaysSo) {
  testkit::Options options;
  options.settings = R"({"user_id":"111"})";
  options.secrets = {{"/consumer_key", {"k"}}};
  FakeHost host(*jackfield_plugin_v0(), options);
  EXPECT_EQ(host.start(), JF_CONFIG);
  EXPECT_STREQ(host.error().message, "consumer_secret is not set");
}

TEST(TwitterSettings, AreCheckedBeyondTheirSchema) {
  const auto problems = [](const char* settings) {
    std::string out;
    const auto sink = [](void* user, jf_str bytes) {
      static_cast<std::string*>(user)->append(bytes.data, bytes.len).push_back('\n');
    };
    const jf_str text{settings, std::strlen(settings)};
    jackfield_plugin_v0()->validate(text, sink, &out);
    return out;
  };
  EXPECT_EQ(problems(R"({"access_token":"","access_token_secret":"","user_id":"1"})"), "");
  EXPECT_NE(problems(R"({"user_id":"1"})").find("oauth2"), std::string::npos);
  EXPECT_NE(problems(R"({"oauth2":{},"webhook_url":"https://example.com:8443/x"})").find("/webhook_url"),
            std::string::npos);
}

TEST(TwitterManifest, IsWhatThePageSays) {
  EXPECT_EQ(testkit::check_settings_page(std::string(TWITTER_TESTDATA) + "/../../../docs/connectors/twitter.md",
                                         jackfield_plugin_v0()->manifest),
            "");
}

TEST(TwitterManifest, IsJson) { EXPECT_EQ(json::parse(jackfield_plugin_v0()->manifest).at("id"), "twitter"); }

}  // namespace
}  // namespace jackfield::twitter
