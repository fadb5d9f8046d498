// The activity stream as a dialogue of bytes.
#include "connector_fixture.hpp"

namespace jackfield::twitter {
namespace {

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

}  // namespace
}  // namespace jackfield::twitter
