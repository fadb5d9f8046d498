#include "api/subscriptions.hpp"

#include <gtest/gtest.h>

#include "api/test_world.hpp"

namespace jackfield::api {
namespace {

class SubscriptionsTest : public testing::Test {
 protected:
  std::string create(const std::string& body = R"({"name":"crm","url":"https://crm.example.com/hook"})") {
    const auto made = world.call("root", "POST", "/v1/webhooks", body);
    EXPECT_EQ(made.status, 201) << made.body;
    return std::string(boost::json::parse(made.body).at("id").as_string());
  }
  int status(const std::string& method, const std::string& target, const std::string& body = {}) {
    return world.call("root", method, target, body).status;
  }
  std::vector<store::Webhook> rows() { return world.store->open_reader().value()->webhooks().value(); }

  World world;
};

TEST_F(SubscriptionsTest, OneIsMadeShownWithItsSecretOnceChangedAndRemoved) {
  world.add_conversation("general");
  const auto made = world.call("root", "POST", "/v1/webhooks",
                               R"({"name":"crm","url":"https://crm.example.com/hook","types":["channel.state"]})");
  ASSERT_EQ(made.status, 201);
  const auto json = boost::json::parse(made.body);
  EXPECT_TRUE(json.at("secret").as_string().starts_with("whsec_"));
  EXPECT_EQ(json.at("cursor").as_string(), "0000000000000003");  // from now on
  const std::string target = "/v1/webhooks/" + std::string(json.at("id").as_string());
  EXPECT_FALSE(world.get("root", target).as_object().contains("secret"));
  EXPECT_EQ(status("PATCH", target, R"({"enabled":false,"types":[]})"), 200);
  EXPECT_FALSE(world.get("root", target).at("enabled").as_bool());
  EXPECT_TRUE(world.get("root", target).at("types").as_array().empty());
  EXPECT_EQ(world.get("root", "/v1/webhooks").at("items").as_array().size(), 1u);
  EXPECT_EQ(status("DELETE", target), 204);
  EXPECT_EQ(status("GET", target), 404);
  EXPECT_EQ(status("DELETE", target), 404);
}

TEST_F(SubscriptionsTest, WhatIsWrongIsNamed) {
  for (const char* body :
       {"{}", R"({"name":"x"})", R"({"name":"x","url":"http://crm.example.com"})",
        R"({"name":"x","url":"https://u:p@crm.example.com"})", R"({"name":"x","url":"https://c.example","secret":"s"})",
        R"({"name":"x","url":"https://c.example","types":["message.recieved"]})",
        R"({"name":"x","url":"https://c.example","after":"yesterday"})",
        R"({"name":"x","url":"https://c.example","enabled":true})"}) {
    EXPECT_EQ(status("POST", "/v1/webhooks", body), 400) << body;
  }
  EXPECT_EQ(status("PATCH", "/v1/webhooks/" + create(), R"({"enabled":"no"})"), 400);
}

TEST_F(SubscriptionsTest, AreForAdminsOnly) {
  EXPECT_EQ(world.call("crm", "GET", "/v1/webhooks").status, 403);
  EXPECT_EQ(world.call("bob", "POST", "/v1/webhooks", "{}").status, 403);
}

TEST_F(SubscriptionsTest, AnEventIsSentAgainWhenItIsInTheLogAndTheWebhookIsEnabled) {
  world.add_conversation("general");
  const std::string target = "/v1/webhooks/" + create(R"({"name":"crm","url":"https://127.0.0.1:1/hook"})");
  EXPECT_EQ(status("POST", target + "/resend", R"({"event":"0000000000000099"})"), 404);
  EXPECT_EQ(status("POST", target + "/resend", R"({"event":"x"})"), 400);
  EXPECT_EQ(status("POST", target + "/resend", R"({"event":"0000000000000002"})"), 202);
  EXPECT_EQ(status("PATCH", target, R"({"enabled":false})"), 200);
  EXPECT_EQ(status("POST", target + "/resend", R"({"event":"0000000000000002"})"), 409);
  EXPECT_EQ(status("GET", target + "/dead-letters"), 200);
  EXPECT_EQ(status("GET", "/v1/webhooks/0000000000001/dead-letters"), 404);
}

TEST_F(SubscriptionsTest, ThoseOfTheConfigurationFollowItAndCannotBeChangedElsewhere) {
  create();
  const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  ASSERT_TRUE(
      sync_webhooks(world.ports(), {{"a", "http://10.0.0.1/a", secret, {}}, {"b", "http://b.example/", secret, {}}}));
  ASSERT_EQ(rows().size(), 3u);
  const Id a = rows()[1].id;
  const std::string target = "/v1/webhooks/" + to_string(a);
  EXPECT_EQ(status("PATCH", target, R"({"url":"https://c.example/"})"), 409);
  EXPECT_EQ(status("DELETE", target), 409);
  EXPECT_EQ(status("PATCH", target, R"({"enabled":false})"), 200);
  ASSERT_TRUE(sync_webhooks(world.ports(), {{"a", "http://10.0.0.2/a", secret, {}}}));
  ASSERT_EQ(rows().size(), 2u);
  EXPECT_EQ(rows()[1].id, a);
  EXPECT_EQ(rows()[1].url, "http://10.0.0.2/a");
  EXPECT_TRUE(rows()[1].enabled);
}

}  // namespace
}  // namespace jackfield::api
