// Streams of the wrapper, driven by the fake host.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <jackfield/jackfield.hpp>
#include <stdexcept>

#include "fake_host.hpp"

namespace jackfield::testkit {
namespace {

using testing::ElementsAre;

std::vector<std::string> seen;

// Answers each line; "tls" starts TLS, "quit" closes, "throw" throws.
struct Lines : sdk::Stream {
  void on_open(std::string_view peer) override {
    seen.push_back("open " + std::string(peer));
    read(8);
    write("hello\n");
  }
  void on_data(std::string_view bytes) override {
    seen.emplace_back(bytes);
    if (bytes == "throw") throw std::runtime_error("bad line");
    if (bytes == "tls") {
      write("go\n");
      return start_tls();
    }
    write("<" + std::string(bytes) + ">");
    if (bytes == "quit") close();
  }
  void on_writable() override { seen.push_back("writable"); }
  void on_tls(std::string_view version) override { seen.emplace_back(version); }
  void on_close(jf_status status, std::string_view why) override {
    seen.push_back("closed " + std::to_string(status) + " " + std::string(why));
  }
};

class Server : public sdk::Connector {
 public:
  using Connector::Connector;
  void start() override {
    host().listen(
        {.address = "127.0.0.1:2525",
         .accepted = [](std::string_view) { return std::make_shared<Lines>(); },
         .listening = [this](std::string_view address) { host().set_state(sdk::State::ready, std::string(address)); }});
  }
  void send(sdk::Send&&) override { host().connect({.host = "mx.test", .port = 25}, std::make_shared<Lines>()); }
};

class Streams : public testing::Test {
 protected:
  Streams() {
    seen.clear();
    host_.start();
    host_.settle();
  }
  std::uint64_t accepted() {
    const auto id = host_.accept(host_.stream_order.at(0), "192.0.2.1:4000");
    host_.settle();
    return id;
  }
  std::string written(std::uint64_t id) { return std::exchange(host_.streams.at(id).written, {}); }

  const jf_module module_ = sdk::module<Server>("{}");
  FakeHost host_{module_, {}};
};

TEST_F(Streams, AcceptedStreamTalksAndCloses) {
  EXPECT_EQ(host_.state_detail, "127.0.0.1:2525");
  const auto id = accepted();
  EXPECT_EQ(written(id), "hello\n");
  host_.feed(id, "quit");
  host_.settle();
  EXPECT_EQ(written(id), "<quit>");
  EXPECT_TRUE(host_.streams.at(id).closed);
  EXPECT_THAT(seen, ElementsAre("open 192.0.2.1:4000", "quit", "closed 0 closed"));
}

TEST_F(Streams, CreditIsGrantedAgainAsItIsUsed) {
  const auto id = accepted();
  host_.feed(id, std::string(20, 'x'));
  host_.settle();
  EXPECT_EQ(seen.size(), 4u);  // 8 + 8 + 4 bytes
  EXPECT_TRUE(host_.streams.at(id).unread.empty());
}

TEST_F(Streams, BytesThatFindNoRoomAreKeptInOrder) {
  const auto id = accepted();
  written(id);
  host_.busy_writes = 2;
  host_.feed(id, "a");
  host_.feed(id, "quit");
  EXPECT_FALSE(host_.streams.at(id).closed);
  host_.settle();
  EXPECT_EQ(written(id), "<a><quit>");
  EXPECT_TRUE(host_.streams.at(id).closed);
}

TEST_F(Streams, TlsStartsAfterWhatWasWrittenBefore) {
  const auto id = accepted();
  written(id);
  host_.busy_writes = 1;
  host_.feed(id, "tls");
  EXPECT_FALSE(host_.streams.at(id).wants_tls);
  host_.settle();
  EXPECT_TRUE(host_.streams.at(id).wants_tls);
  EXPECT_EQ(written(id), "go\n");
  host_.tls_done(id, "TLSv1.3");
  EXPECT_EQ(seen.back(), "TLSv1.3");
}

TEST_F(Streams, StreamWhoseCallbackThrowsIsClosed) {
  const auto id = accepted();
  host_.feed(id, "throw");
  host_.settle();
  EXPECT_TRUE(host_.streams.at(id).closed);
  EXPECT_EQ(seen.back(), "closed 0 closed");
}

TEST_F(Streams, ConnectedStreamOpensAndAFailedOneOnlyCloses) {
  host_.send(1, "k", "{}");
  host_.send(2, "k", "{}");
  host_.connected(host_.stream_order.at(1), "192.0.2.9:25");
  host_.close(host_.stream_order.at(2), JF_TIMEOUT, "no answer");
  EXPECT_THAT(seen, ElementsAre("open 192.0.2.9:25", "closed 7 no answer"));
  EXPECT_EQ(host_.streams.at(host_.stream_order.at(1)).address, "mx.test:25");
}

TEST_F(Streams, StopForgetsStreamsWithoutCallingThem) {
  accepted();
  seen.clear();
  host_.stop();
  EXPECT_TRUE(seen.empty());
}

}  // namespace
}  // namespace jackfield::testkit
