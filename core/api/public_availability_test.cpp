// What websites may ask without a token.
#include <gtest/gtest.h>

#include "api/test_world.hpp"

namespace jackfield::api {
namespace {

constexpr const char* kPath = "/public/availability";

class PublicAvailabilityTest : public testing::Test {
 protected:
  static ApiConfig config() {
    ApiConfig config;
    config.public_availability.channels = {{"wa", "WhatsApp"}, {"later", "Later"}};
    config.public_availability.per_minute = 3;
    config.proxies = {"10.0.0.1"};
    return config;
  }
  net::HttpResponse ask(const std::string& path = kPath, const std::string& from = {}) {
    std::vector<std::pair<std::string, std::string>> headers;
    if (!from.empty()) headers.emplace_back("x-forwarded-for", from);
    return world.call("", "GET", path, {}, headers);
  }
  static std::string header(const net::HttpResponse& response, std::string_view name) {
    for (const auto& [key, value] : response.headers)
      if (key == name) return value;
    return {};
  }

  World world{config()};
};

TEST(PublicAvailability, WithoutTheOperatorsWordThereIsNothingToSee) {
  World world;
  EXPECT_EQ(world.call("", "GET", kPath).status, 401);
  EXPECT_EQ(world.call("root", "GET", kPath).status, 401);
  EXPECT_EQ(world.call("", "GET", kPath, {}, {{"origin", "https://www.example.com"}}).headers.size(), 1u);
}

TEST_F(PublicAvailabilityTest, ShowsTheChannelsThatAreNamedAndNoInternals) {
  const auto answer = ask();
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto page = boost::json::parse(answer.body);
  ASSERT_EQ(page.at("channels").as_array().size(), 2u);
  const auto& wa = page.at("channels").as_array()[0].as_object();
  EXPECT_EQ(wa.at("name").as_string(), "WhatsApp");
  EXPECT_EQ(wa.at("state").as_string(), "down") << "the host of this test has no channels";
  for (const auto* inner : {"queues", "counters", "detail", "agents_online"}) EXPECT_FALSE(wa.contains(inner));
  EXPECT_EQ(answer.body.find("general"), std::string::npos);
  EXPECT_EQ(header(answer, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(header(answer, "Cache-Control"), "public, max-age=3");
  EXPECT_EQ(boost::json::parse(ask("/public/availability/later").body).at("name").as_string(), "Later");
  EXPECT_EQ(ask("/public/availability/mail").status, 404);
}

TEST_F(PublicAvailabilityTest, IsWorkedOutOnceInSomeSeconds) {
  const auto at = [&] { return std::string(boost::json::parse(ask().body).at("at").as_string()); };
  const auto first = at();
  world.clock.advance(Millis{2999});
  EXPECT_EQ(at(), first);
  world.clock.advance(Millis{1});
  EXPECT_NE(at(), first);
}

TEST_F(PublicAvailabilityTest, WhoAsksTooOftenIsToldWhenToComeBack) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask().status, 200);
  const auto refused = ask();
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(header(refused, "Retry-After"), "20");
  EXPECT_EQ(header(refused, "Access-Control-Allow-Origin"), "*") << "the page must be able to read it";
  world.clock.advance(Millis{20'000});
  EXPECT_EQ(ask().status, 200);
  EXPECT_EQ(ask(kPath, "203.0.113.9").status, 429) << "the peer is no proxy: what it says of others counts for nothing";
}

TEST_F(PublicAvailabilityTest, PagesOfTheNamedOriginsOnlyMayAskWhenSomeAreNamed) {
  auto named = config();
  named.tokens = World::default_tokens();
  named.public_availability.cors = {"https://www.example.com"};
  ASSERT_TRUE(world.api->configure(named));
  const auto from = [&](const std::string& origin) {
    return header(world.call("", "GET", kPath, {}, {{"origin", origin}}), "Access-Control-Allow-Origin");
  };
  EXPECT_EQ(from("https://www.example.com"), "https://www.example.com");
  EXPECT_EQ(from("https://evil.example"), "");
  named.public_availability.channels.clear();
  ASSERT_TRUE(world.api->configure(named));
  EXPECT_EQ(ask().status, 401) << "turned off while it runs";
}

}  // namespace
}  // namespace jackfield::api
