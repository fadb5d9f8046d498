// Tokens made over the API: what they let in, how they go, and that none is kept anywhere.
#include <gtest/gtest.h>

#include <fstream>

#include "api/test_world.hpp"

namespace jackfield::api {
namespace {

struct Made {
  std::string id, token;
};

class MadeTokens : public testing::Test {
 protected:
  Made make(const std::string& body) {
    const auto answer = world.call("root", "POST", "/v1/tokens", body);
    EXPECT_EQ(answer.status, 201) << answer.body;
    const auto json = boost::json::parse(answer.body);
    return {std::string(json.at("id").as_string()), std::string(json.at("token").as_string())};
  }
  net::HttpResponse with(const std::string& token, const std::string& method, const std::string& target,
                         const std::string& body = {}) {
    return world.call("", method, target, body, {{"authorization", "Bearer " + token}});
  }
  int status(const std::string& token, const std::string& target = "/v1/queues") {
    return with(token, "GET", target).status;
  }
  boost::json::object listed(const std::string& name) {
    const auto page = world.get("root", "/v1/tokens");
    for (const auto& item : page.at("items").as_array())
      if (item.at("name").as_string() == name) return item.as_object();
    return {};
  }
  void put_agent(const std::string& name) {
    EXPECT_EQ(world.call("root", "PUT", "/v1/agents/" + name, R"({"capacity":{"message":2}})").status, 200);
  }
  // All bytes that the store has on its disk.
  std::string on_disk() {
    std::string out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(world.folder.path)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      out.append(std::istreambuf_iterator<char>(file), {});
    }
    return out;
  }

  World world;
};

TEST_F(MadeTokens, OneLetsInAtOnceWithItsRoleAndIsDeadAtOnce) {
  const auto crm = make(R"({"name":"reports","role":"integration"})");
  EXPECT_EQ(status(crm.token), 200);
  EXPECT_EQ(status(crm.token, "/v1/tokens"), 403);
  EXPECT_EQ(world.call("root", "DELETE", "/v1/tokens/" + crm.id).status, 204);
  EXPECT_EQ(status(crm.token), 401);
  EXPECT_EQ(world.call("root", "DELETE", "/v1/tokens/" + crm.id).status, 404);
}

TEST_F(MadeTokens, AnAgentsOneIsHeldToItsQueuesAndSpeaksForIt) {
  put_agent("eva");
  const auto eva = make(R"({"name":"eva's desktop","role":"agent","agent":"eva","queues":["billing"]})");
  const auto thread = world.add_conversation("general");
  EXPECT_EQ(status(eva.token, "/v1/conversations/" + to_string(thread.conversation)), 403);
  EXPECT_EQ(with(eva.token, "PUT", "/v1/agents/eva/presence", R"({"presence":"online"})").status, 200);
}

TEST_F(MadeTokens, TheyGoWithTheirAgentAndNoOthersDo) {
  put_agent("eva");
  put_agent("max");
  const auto one = make(R"({"name":"one","role":"agent","agent":"eva"})");
  const auto two = make(R"({"name":"two","role":"agent","agent":"eva"})");
  const auto other = make(R"({"name":"other","role":"agent","agent":"max"})");
  EXPECT_EQ(world.call("root", "DELETE", "/v1/agents/eva").status, 204);
  EXPECT_EQ(status(one.token), 401);
  EXPECT_EQ(status(two.token), 401);
  EXPECT_EQ(status(other.token), 200);
  put_agent("eva");
  EXPECT_EQ(status(one.token), 401) << "who comes back gets another";
}

TEST_F(MadeTokens, WhoFollowsWithOneIsCutOffWhenItGoesAndTheOthersAreNot) {
  const auto made = make(R"({"name":"reports","role":"integration"})");
  const std::vector<std::pair<std::string, std::string>> mine{{"authorization", "Bearer " + made.token}};
  const auto socket = world.send("", "GET", "/v1/stream", {}, mine);
  auto events = mine;
  events.emplace_back("accept", "text/event-stream");
  const auto stream = world.send("", "GET", "/v1/events", {}, events);
  const auto stays = world.send("crm", "GET", "/v1/stream");
  for (const auto& one : {socket, stream, stays}) one->wait();
  EXPECT_EQ(world.call("root", "DELETE", "/v1/tokens/" + made.id).status, 204);
  EXPECT_EQ(socket->socket->wait_closed(), 1008);
  EXPECT_TRUE(stream->body_stream->wait_closed());
  world.add_conversation("general");
  EXPECT_GE(stays->socket->wait_for(1).size(), 1u);
}

TEST_F(MadeTokens, OneThatExpiresLetsNobodyInAndCutsOffWhoFollows) {
  const auto until = to_rfc3339(world.clock.now() + Millis{60'000});
  const auto made = make(R"({"name":"for a minute","role":"integration","expires_at":")" + until + "\"}");
  const auto socket = world.send("", "GET", "/v1/stream", {}, {{"authorization", "Bearer " + made.token}});
  socket->wait();
  EXPECT_EQ(status(made.token), 200);
  world.clock.advance(Millis{60'000});
  EXPECT_EQ(status(made.token), 401);
  EXPECT_EQ(socket->socket->wait_closed(), 1008);
  EXPECT_EQ(
      world.call("root", "POST", "/v1/tokens", R"({"name":"x","role":"admin","expires_at":")" + until + "\"}").status,
      400);
}

TEST_F(MadeTokens, NothingHoldsOneButTheAnswerThatMadeIt) {
  const std::pair<std::string, std::string> key{"idempotency-key", "make-it-once"};
  const std::string body = R"({"name":"reports","role":"integration"})";
  const auto answer = world.call("root", "POST", "/v1/tokens", body, {key});
  const std::string token(boost::json::parse(answer.body).at("token").as_string());
  EXPECT_EQ(status(token), 200);
  const auto again = world.call("root", "POST", "/v1/tokens", body, {key});
  EXPECT_EQ(again.status, 201);
  EXPECT_TRUE(boost::json::parse(again.body).at("token").is_null()) << "made already; it is shown once";
  EXPECT_EQ(boost::json::parse(again.body).at("id"), boost::json::parse(answer.body).at("id"));
  EXPECT_EQ(world.call("root", "GET", "/v1/tokens").body.find(token), std::string::npos);
  EXPECT_EQ(world.call("root", "GET", "/v1/events").body.find(token), std::string::npos);
  const std::string disk = on_disk();
  EXPECT_NE(disk.find(sha256_hex(token)), std::string::npos) << "its hash is what is kept";
  EXPECT_EQ(disk.find(token), std::string::npos);
  EXPECT_EQ(disk.find(token.substr(4)), std::string::npos);
}

TEST_F(MadeTokens, TheListTellsAllWaysInPageByPageAndNoHash) {
  for (int i = 0; i < 5; ++i) make(R"({"name":"n)" + std::to_string(i) + R"(","role":"integration"})");
  std::vector<std::string> names;
  std::string cursor;
  do {
    const auto page = world.get("root", "/v1/tokens?limit=4" + (cursor.empty() ? "" : "&cursor=" + cursor));
    EXPECT_LE(page.at("items").as_array().size(), 4u);
    for (const auto& item : page.at("items").as_array()) {
      names.emplace_back(item.at("name").as_string());
      EXPECT_FALSE(item.as_object().contains("token"));
      EXPECT_FALSE(item.as_object().contains("hash"));
    }
    cursor = page.at("next").is_null() ? "" : std::string(page.at("next").as_string());
  } while (!cursor.empty());
  EXPECT_EQ(names, (std::vector<std::string>{"root", "ana", "bob", "crm", "n0", "n1", "n2", "n3", "n4"}));
  EXPECT_TRUE(listed("root").at("id").is_null());
  EXPECT_EQ(listed("root").at("source").as_string(), "configuration");
  EXPECT_EQ(listed("n0").at("source").as_string(), "api");
}

TEST_F(MadeTokens, TheListTellsWhenOneWasUsedAlsoAfterARestart) {
  const auto made = make(R"({"name":"reports","role":"integration"})");
  EXPECT_TRUE(listed("reports").at("last_used_at").is_null());
  world.clock.advance(Millis{5000});
  EXPECT_EQ(status(made.token), 200);
  const std::string at = to_rfc3339(world.clock.now());
  EXPECT_EQ(listed("reports").at("last_used_at").as_string(), at);
  ASSERT_TRUE(world.committer->run([](store::Unit&) -> Result<void> { return {}; }));  // after the note of it
  EXPECT_EQ(to_rfc3339((*world.store->open_reader())->api_tokens().value().at(0).last_used_at), at);
}

TEST_F(MadeTokens, WhatIsNoTokenIsRefusedWithTheReason) {
  make(R"({"name":"taken","role":"integration"})");
  const std::vector<std::pair<std::string, int>> wrong{
      {R"({"role":"admin"})", 400},
      {R"({"name":"x"})", 400},
      {R"({"name":"x","role":"root"})", 400},
      {R"({"name":"x","role":"agent"})", 400},
      {R"({"name":"x","role":"agent","agent":"nobody"})", 400},
      {R"({"name":"x","role":"admin","agent":"ana"})", 400},
      {R"({"name":"x","role":"integration","queues":["billing"]})", 400},
      {R"({"name":"x","role":"admin","token":"mine-i-want-this-one"})", 400},
      {R"({"name":"taken","role":"admin"})", 409},
      {R"({"name":"crm","role":"admin"})", 409},  // of the file
  };
  for (const auto& [body, expected] : wrong)
    EXPECT_EQ(world.call("root", "POST", "/v1/tokens", body).status, expected) << body;
  put_agent("eva");
  EXPECT_EQ(
      world.call("root", "POST", "/v1/tokens", R"({"name":"x","role":"agent","agent":"eva","queues":["no-such"]})")
          .status,
      400);
  for (const auto* who : {"ana", "crm"}) {
    EXPECT_EQ(world.call(who, "GET", "/v1/tokens").status, 403);
    EXPECT_EQ(world.call(who, "POST", "/v1/tokens", R"({"name":"x","role":"admin"})").status, 403);
  }
}

TEST_F(MadeTokens, TheyStayWhenTheFileIsReadAgain) {
  const auto made = make(R"({"name":"reports","role":"integration"})");
  ApiConfig config;
  config.tokens = {{"new", Role::admin, "", "new-token", {}}};
  ASSERT_TRUE(world.api->configure(config));
  EXPECT_EQ(status(made.token), 200);
  EXPECT_EQ(world.call("root", "GET", "/v1/queues").status, 401);
}

}  // namespace
}  // namespace jackfield::api
