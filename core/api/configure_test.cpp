// Other tokens, origins and webhooks while the API serves.
#include <gtest/gtest.h>

#include "api/test_world.hpp"

namespace jackfield::api {
namespace {

ApiConfig with(std::vector<Token> tokens) {
  ApiConfig config;
  config.tokens = std::move(tokens);
  return config;
}

TEST(Configure, TokenThatIsGoneLetsNobodyInAndANewOneDoes) {
  World world;
  EXPECT_EQ(world.call("root", "GET", "/v1/queues").status, 200);
  ASSERT_TRUE(world.api->configure(
      with({{"ana", Role::agent, "ana", "ana-token", {"billing"}}, {"new", Role::admin, "", "new-token", {}}})));
  EXPECT_EQ(world.call("root", "GET", "/v1/queues").status, 401);
  EXPECT_EQ(world.call("new", "GET", "/v1/queues").status, 200);
  EXPECT_EQ(world.call("ana", "GET", "/v1/queues").status, 200);
}

TEST(Configure, TicketOfATokenThatIsGoneIsWorthNothing) {
  World world;
  const auto ticket_of = [&](const std::string& who) {
    return std::string(boost::json::parse(world.call(who, "POST", "/v1/stream/tickets").body).at("ticket").as_string());
  };
  const auto gone = ticket_of("root"), changed = ticket_of("ana"), stays = ticket_of("crm");
  ASSERT_TRUE(world.api->configure(
      with({{"ana", Role::agent, "ana", "ana-token", {"general"}}, {"crm", Role::integration, "", "crm-token", {}}})));
  EXPECT_EQ(world.call("", "GET", "/v1/stream?ticket=" + gone).status, 401);
  EXPECT_EQ(world.call("", "GET", "/v1/stream?ticket=" + changed).status, 401) << "it may see other queues now";
  EXPECT_EQ(world.call("", "GET", "/v1/stream?ticket=" + stays).status, 101);
}

TEST(Configure, OriginsAndWebhooksOfTheFileAreTheNewOnes) {
  World world;
  auto config = with(World::default_tokens());
  config.cors = {"https://desk.example.com"};
  config.webhooks = {{"crm", "https://crm.example.com/in", "whsec_MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw", {}}};
  ASSERT_TRUE(world.api->configure(config));
  const auto answer = world.call("root", "GET", "/v1/webhooks", {}, {{"origin", "https://desk.example.com"}});
  EXPECT_EQ(boost::json::parse(answer.body).at("items").as_array().size(), 1u);
  EXPECT_NE(std::find(answer.headers.begin(), answer.headers.end(),
                      std::pair<std::string, std::string>{"Access-Control-Allow-Origin", "https://desk.example.com"}),
            answer.headers.end());
  config.webhooks.clear();
  ASSERT_TRUE(world.api->configure(config));
  EXPECT_TRUE(boost::json::parse(world.call("root", "GET", "/v1/webhooks").body).at("items").as_array().empty());
}

}  // namespace
}  // namespace jackfield::api
