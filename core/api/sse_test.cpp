// Browsers: server-sent events, tickets, CORS.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/test_world.hpp"

namespace jackfield::api {
namespace {

using testing::HasSubstr;
using testing::Not;

using Headers = std::vector<std::pair<std::string, std::string>>;
const Headers kStream{{"accept", "text/event-stream"}};

Headers with(std::string name, std::string value) {
  Headers headers = kStream;
  headers.emplace_back(std::move(name), std::move(value));
  return headers;
}

std::string header_of(const net::HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

// The body, once it has begun.
std::shared_ptr<FakeBodyStream> stream_of(const std::shared_ptr<FakeResponder>& responder) {
  EXPECT_EQ(responder->wait().status, 200);
  return responder->body_stream ? responder->body_stream : std::make_shared<FakeBodyStream>();
}

TEST(Sse, EventsComeWithTheirIdsAndGoOnAfterTheLastOne) {
  World world;
  const auto thread = world.add_conversation("general");
  const auto first = world.send("crm", "GET", "/v1/events?after=0", {}, kStream);
  const auto head = first->wait();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.content_type, "text/event-stream");
  const auto text = first->body_stream->wait_for("id: 0000000000000003\nevent: message.received\ndata: {");
  EXPECT_THAT(text, testing::StartsWith("retry: 2000\nid: 0000000000000000\n\nid: 0000000000000001\n"));

  const auto again =
      stream_of(world.send("crm", "GET", "/v1/events?after=0", {}, with("last-event-id", "0000000000000002")));
  const auto rest = again->wait_for("id: 0000000000000003");
  EXPECT_THAT(rest, Not(HasSubstr("id: 0000000000000001")));
  world.add_messages(thread, 1);
  EXPECT_THAT(again->wait_for("id: 0000000000000004"), HasSubstr("\"text\":\"n0\""));
}

TEST(Sse, WithoutACursorItBeginsNowAndSaysWhereThatIs) {
  World world;
  world.add_conversation("general");
  const auto stream = stream_of(world.send("crm", "GET", "/v1/events", {}, kStream));
  // A moment later than the commit, the hub may not know of it yet.
  EXPECT_THAT(stream->wait_for("id: "), testing::MatchesRegex("retry: 2000\nid: 000000000000000[0-3]\n\n.*"));
}

TEST(Sse, ACommentKeepsItAliveAndTheEndOfTheApiEndsIt) {
  ApiConfig config;
  config.limits.sse_keep_alive = Millis{5};
  World world(std::move(config));
  const auto stream = stream_of(world.send("crm", "GET", "/v1/events", {}, kStream));
  stream->wait_for(":\n\n:\n\n");
  world.api->stop();
  EXPECT_TRUE(stream->wait_closed());
}

TEST(Sse, WrongCursorsAreAnsweredWithAStatus) {
  World world;
  EXPECT_EQ(world.call("crm", "GET", "/v1/events", {}, with("last-event-id", "x")).status, 400);
  EXPECT_EQ(world.call("crm", "GET", "/v1/events?after=0000000000000099", {}, kStream).status, 410);
  EXPECT_EQ(world.call("crm", "GET", "/v1/events?limit=3", {}, kStream).status, 400);
}

TEST(Tickets, OpenOneStreamAsWhoAskedForThem) {
  World world;
  world.add_conversation("general");
  const auto made = world.call("ana", "POST", "/v1/stream/tickets");
  ASSERT_EQ(made.status, 201);
  const std::string ticket(boost::json::parse(made.body).at("ticket").as_string());
  EXPECT_EQ(world.call("", "GET", "/v1/events?ticket=" + ticket).status, 401);  // for streams only
  const auto stream = stream_of(world.send("", "GET", "/v1/events?after=0&ticket=" + ticket, {}, kStream));
  EXPECT_EQ(world.call("", "GET", "/v1/events?ticket=" + ticket, {}, kStream).status, 401);
  world.add_conversation("billing", "hers", "33687654321");
  EXPECT_THAT(stream->wait_for("hers"), Not(HasSubstr("Bonjour")));  // ana sees billing only
}

TEST(Tickets, OpenAWebSocketToo) {
  World world;
  const auto made = world.call("crm", "POST", "/v1/stream/tickets");
  const std::string ticket(boost::json::parse(made.body).at("ticket").as_string());
  EXPECT_EQ(world.call("", "GET", "/v1/stream?ticket=" + ticket).status, 101);
  EXPECT_EQ(world.call("", "GET", "/v1/stream?ticket=" + ticket).status, 401);
}

TEST(Tickets, AreWorthNothingAfterHalfAMinuteAndBounded) {
  FakeClock clock(time_from_ms(0));
  SeededRandom random(1);
  Tickets tickets(clock, random);
  const auto caller = std::make_shared<const Caller>(Caller{"crm", Role::integration, "", {}, ""});
  const auto old = tickets.issue(caller);
  clock.advance(kTicketLife);
  EXPECT_EQ(tickets.take(old->secret), nullptr);
  EXPECT_EQ(tickets.take("guessed"), nullptr);
  for (std::size_t i = 0; i < kMostTickets; ++i) ASSERT_TRUE(tickets.issue(caller));
  EXPECT_FALSE(tickets.issue(caller));
  clock.advance(kTicketLife);
  const auto fresh = tickets.issue(caller);
  ASSERT_TRUE(fresh);
  EXPECT_EQ(tickets.take(fresh->secret), caller);
}

TEST(CorsTest, OriginsThatAreNamedMayUseTheApiAndOthersMayNot) {
  ApiConfig config;
  config.cors = {"https://desk.example.com"};
  World world(std::move(config));
  const Headers asks{{"origin", "https://desk.example.com"}, {"access-control-request-method", "POST"}};
  const auto preflight = world.call("", "OPTIONS", "/v1/messages", {}, asks);
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(header_of(preflight, "Access-Control-Allow-Origin"), "https://desk.example.com");
  EXPECT_THAT(header_of(preflight, "Access-Control-Allow-Headers"), HasSubstr("Authorization"));
  EXPECT_EQ(header_of(preflight, "Access-Control-Allow-Credentials"), "");
  EXPECT_EQ(header_of(preflight, "Vary"), "Origin");

  const auto named = world.call("crm", "GET", "/v1/queues", {}, {{"origin", "https://desk.example.com"}});
  EXPECT_EQ(header_of(named, "Access-Control-Allow-Origin"), "https://desk.example.com");
  const auto refused = world.call("", "GET", "/v1/queues", {}, {{"origin", "https://desk.example.com"}});
  EXPECT_EQ(refused.status, 401);  // which the page must be able to see
  EXPECT_EQ(header_of(refused, "Access-Control-Allow-Origin"), "https://desk.example.com");

  const Headers foreign{{"origin", "https://evil.example"}, {"access-control-request-method", "POST"}};
  EXPECT_EQ(world.call("", "OPTIONS", "/v1/messages", {}, foreign).status, 401);
  const auto other = world.call("crm", "GET", "/v1/queues", {}, {{"origin", "https://evil.example"}});
  EXPECT_EQ(header_of(other, "Access-Control-Allow-Origin"), "");
  EXPECT_EQ(header_of(other, "Vary"), "Origin");
}

TEST(CorsTest, WithoutOriginsNothingIsSaidOfThem) {
  World world;
  const auto answer = world.call("crm", "GET", "/v1/queues", {}, {{"origin", "https://desk.example.com"}});
  EXPECT_EQ(header_of(answer, "Access-Control-Allow-Origin"), "");
  EXPECT_EQ(header_of(answer, "Vary"), "");
}

}  // namespace
}  // namespace jackfield::api
