// The connector as the host sees it: what the case files in testdata/check cannot say. Time, tokens, streams.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <testkit/fake_host.hpp>

#include "signature.hpp"

namespace jackfield::twitter {
namespace {

using testkit::FakeHost;
namespace json = boost::json;

constexpr std::int64_t kNow = 1'785'000'000'000;

std::string all_subscriptions() {
  json::array data;
  for (const auto* type :
       {"dm.received", "dm.sent", "dm.read", "dm.indicate_typing", "chat.received", "post.mention.create",
        "post.reply.create", "post.quote.create", "post.create", "post.delete", "oauth.revoke"})
    data.push_back({{"id", type},
                    {"event_type", type},
                    {"filter", {{"user_id", "111"}}},
                    {"tag", "jackfield/test"},
                    {"webhook_id", "900"}});
  return json::serialize(json::object{{"data", data}});
}

std::string dm(const std::string& id, const std::string& type = "dm.received", const std::string& text = "hello") {
  const bool ours = type == "dm.sent";
  return json::serialize(json::object{
      {"data",
       {{"event_uuid", "-1"},
        {"filter", {{"user_id", "111"}}},
        {"event_type", type},
        {"payload",
         {{"direct_message_events", json::array{json::object{{"type", "message_create"},
                                                             {"id", id},
                                                             {"created_timestamp", std::to_string(kNow - 1000)},
                                                             {"message_create",
                                                              {{"target", {{"recipient_id", ours ? "222" : "111"}}},
                                                               {"sender_id", ours ? "111" : "222"},
                                                               {"message_data", {{"text", text}}}}}}}}}}}}});
}

std::string message(const std::string& more = R"("visibility":"private")") {
  return R"({"id":"01M","to":[{"address":"twitter:222"}],"parts":[{"type":"text","text":"Hello"}],)" + more + "}";
}
const std::string kPublic = R"("visibility":"public","thread":"2080770000000000001:222","reply_to":{"provider_id":"2080770000000000001"})";

class TwitterConnector : public testing::Test {
 protected:
  explicit TwitterConnector(
      const std::string& more = R"("webhook_url":"https://contact.example.com/channels/test/webhook")",
      bool oauth2 = false) {
    options_.settings = R"({"user_id":"111","api_url":"http://127.0.0.1:9000/",)" + more + "}";
    options_.now_ms = kNow;
    options_.secrets = {{"/consumer_key", {"consumer-key"}},
                        {"/consumer_secret", {"new-secret", "consumer-secret-for-tests"}}};
    if (oauth2)
      options_.secrets["/oauth2/refresh_token"] = {"first-refresh-token"},
      options_.secrets["/oauth2/client_secret"] = {"client-secret"};
    else
      options_.secrets["/access_token"] = {"access-token-1"},
      options_.secrets["/access_token_secret"] = {"access-token-secret"};
    host_ = std::make_unique<FakeHost>(*jackfield_plugin_v0(), options_);
  }
  ~TwitterConnector() override {
    host_->stop();
    host_->check_end();
    EXPECT_TRUE(host_->violations.empty()) << host_->violations.front();
  }

  void start() {
    ASSERT_EQ(host_->start(), JF_OK) << host_->error().message;
    host_->settle();
  }
  void answer(unsigned status, const std::string& body, const std::string& headers = "") {
    ASSERT_FALSE(host_->open_http.empty());
    host_->answer(host_->open_http.front(), {.http_status = status, .headers = headers, .body = body});
    host_->settle();
  }
  void app_token() {
    ASSERT_TRUE(host_->http_calls.back().url.ends_with("/oauth2/token"));
    answer(200, R"({"token_type":"bearer","access_token":"app-token"})");
  }
  void start_by_webhook() {
    start();
    app_token();
    answer(200, R"({"data":[{"id":"900","url":"https://contact.example.com/channels/test/webhook","valid":true}]})");
    answer(200, all_subscriptions());
  }
  testkit::WebhookAnswer post(const std::string& body) {
    testkit::WebhookCall call;
    call.body = body;
    call.headers = "x-twitter-webhooks-signature: " + signature_of("consumer-secret-for-tests", body) + "\r\n";
    host_->webhook(call);
    host_->settle();
    return host_->webhook_answers.empty() ? testkit::WebhookAnswer{} : host_->webhook_answers.back();
  }
  void send(std::uint64_t token, const std::string& what = message(), std::uint32_t attempt = 1) {
    EXPECT_EQ(host_->send(token, "01M", what, attempt), JF_OK);
    host_->settle();
  }
  const testkit::HttpCall& last_call() { return host_->http_calls.back(); }
  const testkit::SendAnswer& outcome() { return host_->send_answers.back(); }

  testkit::Options options_;
  std::unique_ptr<FakeHost> host_;
};

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

// ---------------------------------------------------------------- OAuth 2.0

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

// ---------------------------------------------------------------- the activity stream

class TwitterByStream : public TwitterConnector {
 protected:
  TwitterByStream() : TwitterConnector(R"("receive":"stream","stream_connections":2)") {}

  void start_by_stream() {
    start();
    app_token();
    answer(200, all_subscriptions());
    ASSERT_EQ(host_->stream_order.size(), 2u);
  }
  std::uint64_t stream(std::size_t n) { return host_->stream_order.at(n); }
  void open(std::size_t n, const std::string& head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") {
    host_->connected(stream(n), "127.0.0.1:9000");
    host_->settle();
    host_->feed(stream(n), head);
    host_->settle();
  }
  void say(std::size_t n, const std::string& text) {
    char size[32];
    std::snprintf(size, sizeof size, "%zx\r\n", text.size());
    host_->feed(stream(n), size + text + "\r\n");
    host_->settle();
  }
  std::string written(std::size_t n) { return host_->streams.at(stream(n)).written; }
};

TEST_F(TwitterByStream, OpensTwoConnectionsAndIsReadyWithOne) {
  start_by_stream();
  EXPECT_EQ(host_->streams.at(stream(0)).address, "127.0.0.1:9000");
  EXPECT_EQ(host_->state, JF_STATE_DEGRADED);
  open(0);
  EXPECT_EQ(written(0),
            "GET /2/activity/stream HTTP/1.1\r\nHost: 127.0.0.1:9000\r\nAuthorization: Bearer app-token\r\nUser-Agent: "
            "jackfield/0.1\r\nAccept: "
            "application/json\r\n\r\n");
  EXPECT_EQ(host_->state, JF_STATE_READY);
}

TEST_F(TwitterByStream, DeliversEachLineHoweverItIsCut) {
  start_by_stream();
  open(0);
  say(0, "\r\n");
  const auto line = dm("5") + "\r\n";
  for (const char c : line) say(0, std::string(1, c));
  say(0, "\r\n" + dm("6") + "\r\n" + dm("7") + "\r\n");
  EXPECT_EQ(host_->deliveries.size(), 3u);
  EXPECT_EQ(json::parse(host_->deliveries[2]).as_array().at(0).at("id"), "7");
}

TEST_F(TwitterByStream, GivesAnEventAgainThatCouldNotBeStored) {
  start_by_stream();
  open(0);
  host_->busy_deliveries = 1;
  say(0, dm("5") + "\r\n" + dm("6") + "\r\n");
  EXPECT_TRUE(host_->deliveries.empty());
  host_->failing_deliveries = 1;
  host_->advance(500);  // taken, and not committed
  host_->advance(500);
  ASSERT_EQ(host_->deliveries.size(), 2u);
  EXPECT_EQ(json::parse(host_->deliveries[0]).as_array().at(0).at("id"), "5");
  EXPECT_EQ(json::parse(host_->deliveries[1]).as_array().at(0).at("id"), "6");
}

TEST_F(TwitterByStream, ComesBackAfterACutAndAsksForTheMinutesItMissed) {
  start_by_stream();
  open(0);
  open(1);
  host_->close(stream(0), JF_OK, "closed");
  host_->settle();
  EXPECT_EQ(host_->state, JF_STATE_READY) << "the other one goes on";
  host_->advance(500);
  ASSERT_EQ(host_->stream_order.size(), 3u);
  open(2);
  EXPECT_TRUE(written(2).starts_with("GET /2/activity/stream?backfill_minutes=1 HTTP/1.1\r\n")) << written(2);
}

TEST_F(TwitterByStream, WaitsLongerWithEveryRefusal) {
  start_by_stream();
  open(0, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}");
  host_->close(stream(0), JF_OK, "closed");
  host_->settle();
  host_->close(stream(1), JF_TIMEOUT, "no answer");
  host_->settle();
  EXPECT_EQ(host_->state, JF_STATE_DEGRADED);
  host_->advance(400);
  ASSERT_EQ(host_->stream_order.size(), 3u) << "the one that was cut";
  host_->advance(4500);
  EXPECT_EQ(host_->stream_order.size(), 3u);
  host_->advance(2000);
  ASSERT_EQ(host_->stream_order.size(), 4u) << "the one that was refused";
  host_->close(stream(2), JF_OK, "closed");
  host_->close(stream(3), JF_OK, "closed");
}

TEST_F(TwitterByStream, AsksForAnotherTokenWhenItsOwnIsRefused) {
  start_by_stream();
  open(0, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\n{}");
  host_->close(stream(0), JF_OK, "closed");
  host_->settle();
  host_->advance(7000);
  app_token();
  EXPECT_EQ(host_->stream_order.size(), 3u);
}

TEST_F(TwitterByStream, LeavesAConnectionThatSaysNothingForAMinute) {
  start_by_stream();
  open(0);
  for (int i = 0; i < 5; ++i) {
    host_->advance(20'000);
    say(0, "\r\n");
  }
  EXPECT_FALSE(host_->streams.at(stream(0)).closed);
  host_->advance(100'000);
  EXPECT_TRUE(host_->streams.at(stream(0)).closed);
  EXPECT_GE(host_->stream_order.size(), 3u);
}

TEST_F(TwitterByStream, ReadsWhatWasMissedForLongerThanXKeepsIt) {
  host_->kv["cursor"] = std::to_string(kNow - 3'600'000);
  start_by_stream();
  open(0);
  EXPECT_NE(last_call().url.find("/2/dm_events?max_results=100"), std::string::npos);
  answer(200, R"({"data":[],"meta":{}})");
  EXPECT_NE(last_call().url.find("/2/users/111/mentions?max_results=100"), std::string::npos);
  answer(200, R"({"data":[],"meta":{}})");
  EXPECT_EQ(host_->kv.at("cursor"), std::to_string(kNow));
}

TEST_F(TwitterByStream, MovesItsCursorWithTheEvents) {
  host_->kv["cursor"] = std::to_string(kNow - 10'000);
  start_by_stream();
  open(0);
  say(0, dm("5") + "\r\n");
  EXPECT_EQ(host_->kv.at("cursor"), std::to_string(kNow - 1000));
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

TEST(TwitterManifest, IsJson) { EXPECT_EQ(json::parse(jackfield_plugin_v0()->manifest).at("id"), "twitter"); }

}  // namespace
}  // namespace jackfield::twitter
