#include "host/child_calls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "host/yes_side_test.hpp"

namespace jackfield::host {
namespace {

using testing::ElementsAre;

class ChildCallsTest : public testing::Test {
 protected:
  bool take(const FrameWriter& frame) { return take(frame.done()); }
  bool take(const std::string& bytes) {
    FrameDecoder decoder;
    decoder.add(bytes);
    auto next = decoder.next();
    return next && *next && calls_.take(side_, **next);
  }
  Frame answered(std::size_t at) {
    FrameDecoder decoder;
    decoder.add(to_child_.at(at));
    return std::move(**decoder.next());
  }
  static FrameWriter deliver(std::uint64_t id) {
    return FrameWriter(FrameType::deliver, id).number("webhook", 0).text("{}").text("");
  }
  static FrameWriter write(std::string_view bytes) { return FrameWriter(FrameType::stream_write, 5).text(bytes); }

  std::vector<std::string> to_child_;
  YesSide side_;
  ChildCalls calls_{[this](std::string frame) { to_child_.push_back(std::move(frame)); }};
};

TEST_F(ChildCallsTest, DeliveriesPastTheirCreditBreakTheRules) {
  for (std::size_t i = 0; i < kDeliveryCredit; ++i) ASSERT_TRUE(take(deliver(0)));
  EXPECT_FALSE(take(deliver(0)));
  calls_.delivered(side_.delivered, Status::ok);
  ASSERT_EQ(to_child_.size(), 1u) << "also one whose end nobody waits for gives its credit back";
  EXPECT_TRUE(take(deliver(0)));
}

TEST_F(ChildCallsTest, DeliveryThatTheHostRefusesEndsWithItsReason) {
  side_.answer = Status::busy;
  ASSERT_TRUE(take(deliver(9)));
  auto frame = answered(0);
  EXPECT_EQ(frame.id, 9u);
  EXPECT_EQ(FrameReader(frame).number("status"), static_cast<std::uint64_t>(Status::busy));
}

TEST_F(ChildCallsTest, BytesWithoutRoomWaitAndWhatFollowsStaysBehindThem) {
  side_.full = true;
  ASSERT_TRUE(take(write("one")));
  ASSERT_TRUE(take(write("two")));
  ASSERT_TRUE(take(FrameWriter(FrameType::stream_close, 5)));
  EXPECT_TRUE(to_child_.empty());
  side_.full = false;
  net::StreamEvent writable;
  writable.kind = net::StreamEvent::Kind::writable;
  writable.stream = 5;
  calls_.stream_event(side_, writable);
  EXPECT_THAT(side_.steps, ElementsAre("one", "two", "close"));
  EXPECT_EQ(to_child_.size(), 2u) << "each write is told to have left";
}

TEST_F(ChildCallsTest, BytesPastTheWindowBreakTheRules) {
  side_.full = true;
  ASSERT_TRUE(take(write(std::string(kStreamWindow + 1, 'x'))));
  EXPECT_FALSE(take(write("x")));
}

TEST_F(ChildCallsTest, ValuesOutOfTheirRangeBreakTheRules) {
  EXPECT_FALSE(take(deliver(kHostIds)));
  EXPECT_FALSE(take(FrameWriter(FrameType::set_state).number("state", 4).text("")));
  EXPECT_FALSE(take(FrameWriter(FrameType::log).number("level", 1)));
  EXPECT_FALSE(take(FrameWriter(FrameType::log).number("level", 1).text("a").text("b")));
  EXPECT_FALSE(take(FrameWriter(FrameType::webhook_reply, 1).number("status", 99).number("retry_after", 0).text("").text("")));
  EXPECT_FALSE(take(FrameWriter(FrameType::setup).number("parent", 1)));
  const auto send_done = [](const char* error_class) {
    return FrameWriter(FrameType::send_done, 1).number("outcome", 1).number("scope", 0).number("retry_after", 0).text(error_class).text("").text("");
  };
  EXPECT_TRUE(take(send_done("auth")));
  EXPECT_FALSE(take(send_done("made up")));
}

TEST_F(ChildCallsTest, DamagedFramesOfEveryTypeDoNoHarm) {
  std::mt19937 random(11);
  const std::string keys[] = {"webhook", "status", "state", "level", "outcome", "scope", "retry_after", "timeout",
                              "max_bytes", "to_blob", "untrusted", "follow", "tls", "verify", "port", "at", "durable",
                              "gauge", "value", "credit", "offset", "most", "took", "token", "max_connections"};
  for (int round = 0; round < 30'000; ++round) {
    FrameWriter frame(static_cast<FrameType>(64 + random() % 34), random() % 4 ? random() % 8 : kHostIds);
    for (const auto& key : keys)
      if (random() % 16) frame.number(key, random() % 3 ? random() % 4 : ~std::uint64_t{0} >> random() % 64);
    for (auto texts = random() % 8; texts > 0; --texts) frame.text(std::string(random() % 20, 'x'));
    auto bytes = frame.done();
    if (random() % 2) bytes[random() % bytes.size()] = static_cast<char>(random());
    side_.answer = static_cast<Status>(random() % 11);
    side_.full = random() % 2;
    take(bytes);
    to_child_.clear();
  }
}

}  // namespace
}  // namespace jackfield::host
