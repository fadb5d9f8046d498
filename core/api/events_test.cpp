#include <gtest/gtest.h>

#include "api/test_world.hpp"

namespace jackfield::api {
namespace {

std::string text_at(const boost::json::value& json, std::string_view pointer) {
  return std::string(json.at_pointer(pointer).as_string());
}

class EventsTest : public testing::Test {
 protected:
  static std::vector<std::string> ids_of(const boost::json::value& page) {
    std::vector<std::string> out;
    for (const auto& item : page.at("items").as_array()) out.push_back(text_at(item, "/id"));
    return out;
  }

  World world;
};

TEST_F(EventsTest, TheLogTellsWhatHappenedWithTheRowsJoined) {
  const auto thread = world.add_conversation("general");
  const auto page = world.get("crm", "/v1/events");
  ASSERT_EQ(page.at("items").as_array().size(), 3u);
  EXPECT_TRUE(page.at("next").is_null());
  EXPECT_EQ(text_at(page, "/items/0/data/contact/name"), "Ana");
  EXPECT_EQ(text_at(page, "/items/1/data/conversation/queue"), "general");
  EXPECT_EQ(text_at(page, "/items/2/type"), "message.received");
  EXPECT_EQ(text_at(page, "/items/2/subject"), to_string(thread.conversation));
  EXPECT_EQ(text_at(page, "/items/2/data/message/text"), "Bonjour");
}

TEST_F(EventsTest, TheLogIsPagedWithAfterAndNextIsNullAtItsEnd) {
  world.add_messages(world.add_conversation("general"), 7);
  const auto whole = ids_of(world.get("crm", "/v1/events"));
  std::vector<std::string> seen;
  std::string after;
  for (int pages = 0; pages < 10; ++pages) {
    const auto page = world.get("crm", "/v1/events?limit=3" + (after.empty() ? "" : "&after=" + after));
    for (auto& id : ids_of(page)) seen.push_back(id);
    after = seen.back();
    if (page.at("next").is_null()) break;
    EXPECT_EQ(text_at(page, "/next"), after);
  }
  EXPECT_EQ(seen, whole);
  EXPECT_TRUE(ids_of(world.get("crm", "/v1/events?after=" + after)).empty());
}

TEST_F(EventsTest, WrongArgumentsAreNamed) {
  for (const auto* query : {"types=message.sent", "after=yesterday", "wait=61", "limit=0", "wait=-1", "since=1"}) {
    EXPECT_EQ(world.call("crm", "GET", std::string("/v1/events?") + query).status, 400) << query;
  }
}

TEST_F(EventsTest, ACursorThatTheLogHasNotComeToIsGone) {
  world.add_conversation("general");
  EXPECT_EQ(world.call("crm", "GET", "/v1/events?wait=10&after=" + to_cursor(1000)).status, 410);
  EXPECT_EQ(world.call("crm", "GET", "/v1/stream?after=" + to_cursor(1000)).status, 410);
}

TEST_F(EventsTest, ALongPollIsAnsweredByTheFirstEventOfItsTypes) {
  const auto thread = world.add_conversation("general");
  const auto poll = world.send("crm", "GET", "/v1/events?wait=60&types=conversation.updated,conversation.assigned");
  const auto witness =
      world.send("crm", "GET", "/v1/events?wait=60&after=" + ids_of(world.get("crm", "/v1/events")).back());
  world.add_messages(thread, 1);
  EXPECT_EQ(ids_of(boost::json::parse(witness->wait().body)).size(), 1u);
  EXPECT_FALSE(poll->answered());
  ASSERT_EQ(world.call("root", "PATCH", "/v1/conversations/" + to_string(thread.conversation), R"({"assignee":"bob"})")
                .status,
            200);
  const auto page = boost::json::parse(poll->wait().body);
  EXPECT_EQ(text_at(page, "/items/0/type"), "conversation.assigned");
}

TEST_F(EventsTest, ALongPollThatMeetsNothingEndsEmpty) {
  world.add_conversation("general");
  const auto page = boost::json::parse(world.call("crm", "GET", "/v1/events?wait=1&types=contact.erased").body);
  EXPECT_TRUE(page.at("items").as_array().empty());
  EXPECT_TRUE(page.at("next").is_null());
}

TEST_F(EventsTest, AnAgentIsToldOfItsQueuesOnly) {
  world.add_conversation("general", "Hallo", "491");
  const auto mine = world.add_conversation("billing");
  const auto page = world.get("ana", "/v1/events?limit=2");
  ASSERT_FALSE(page.at("items").as_array().empty());
  for (const auto& item : page.at("items").as_array())
    EXPECT_EQ(text_at(item, "/subject"), to_string(mine.conversation));
}

TEST_F(EventsTest, AStreamGoesOnWhereTheLastOneEnded) {
  const auto thread = world.add_conversation("general");
  const auto first = world.send("crm", "GET", "/v1/stream?after=" + ids_of(world.get("crm", "/v1/events")).back());
  ASSERT_EQ(first->wait().status, 101);
  world.add_messages(thread, 5);
  const auto frames = first->socket->wait_for(5);
  first->socket->leave();
  world.add_messages(thread, 600);
  const auto second = world.send("crm", "GET", "/v1/stream?after=" + text_at(boost::json::parse(frames.back()), "/id"));
  ASSERT_EQ(second->wait().status, 101);
  world.add_messages(thread, 5);
  std::vector<std::string> seen, whole;
  for (const auto& frame : frames) seen.push_back(text_at(boost::json::parse(frame), "/data/message/text"));
  for (const auto& frame : second->socket->wait_for(605))
    seen.push_back(text_at(boost::json::parse(frame), "/data/message/text"));
  for (const int count : {5, 600, 5}) {
    for (int i = 0; i < count; ++i) whole.push_back("n" + std::to_string(i));
  }
  EXPECT_EQ(seen, whole);
}

TEST_F(EventsTest, TheStreamAndTheLogSayTheSame) {
  const auto stream = world.send("crm", "GET", "/v1/stream?types=message.received,conversation.opened");
  ASSERT_EQ(stream->wait().status, 101);
  world.add_conversation("general");
  const auto frames = stream->socket->wait_for(2);
  const auto page = world.get("crm", "/v1/events?types=message.received,conversation.opened");
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(boost::json::parse(frames[i]), page.at("items").at(i));
}

TEST_F(EventsTest, AStreamWithoutAnUpgradeSaysSo) {
  net::HttpRequest request;
  request.method = "GET";
  request.path = request.target = "/v1/stream";
  request.headers = {{"authorization", "Bearer crm-token"}};
  const auto responder = std::make_shared<FakeResponder>();
  world.api->handle(request, responder);
  EXPECT_EQ(responder->wait().status, 426);
}

}  // namespace
}  // namespace jackfield::api
