// A fake host with the connector in it, for the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <testkit/fake_host.hpp>

#include "signature.hpp"

namespace jackfield::twitter {

using testkit::FakeHost;
namespace json = boost::json;

inline constexpr std::int64_t kNow = 1'785'000'000'000;

inline std::string all_subscriptions() {
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

inline std::string dm(const std::string& id, const std::string& type = "dm.received",
                      const std::string& text = "hello") {
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

inline std::string message(const std::string& more = R"("visibility":"private")") {
  return R"({"id":"01M","to":[{"address":"twitter:222"}],"parts":[{"type":"text","text":"Hello"}],)" + more + "}";
}
inline const std::string kPublic =
    R"("visibility":"public","thread":"2080770000000000001:222","reply_to":{"provider_id":"2080770000000000001"})";

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

}  // namespace jackfield::twitter
