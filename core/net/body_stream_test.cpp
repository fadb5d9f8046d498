#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/http_server.hpp"
#include "net/io.hpp"
#include "net/test_peer.hpp"

namespace jackfield::net {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

std::shared_ptr<const std::string> piece(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

class BodyStreamTest : public ::testing::Test {
 protected:
  BodyStreamTest() : io_(2) { io_.start(); }
  ~BodyStreamTest() override {
    server_.reset();
    io_.stop();
  }

  std::string serve(HttpServerLimits limits = {}) {
    const auto handler = [this](const HttpRequest&, const std::shared_ptr<Responder>& responder) {
      HttpResponse head;
      head.content_type = "text/event-stream";
      responder->stream(std::move(head), {.on_open = [this](auto stream) { opened_.add(std::move(stream)); },
                                          .on_drain = [this] { drained_.add(true); },
                                          .on_close = [this] { closed_.add(true); }});
    };
    server_ = std::make_unique<HttpServer>(io_, limits, handler);
    return server_->listen("127.0.0.1:0").value();
  }

  IoContext io_;
  std::unique_ptr<HttpServer> server_;
  Seen<std::shared_ptr<BodyStream>> opened_;
  Seen<bool> drained_, closed_;
};

TEST_F(BodyStreamTest, SendsPiecesChunkedAndEndsWithTheLastChunk) {
  TestPeer peer(serve());
  peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto stream = opened_.next();
  EXPECT_TRUE(stream->send(piece("data: one\n\n")));
  EXPECT_TRUE(stream->send(piece("")));  // would read as the end
  EXPECT_TRUE(stream->send(piece("data: twenty-two\n\n")));
  stream->close();
  EXPECT_FALSE(stream->send(piece("late")));
  const std::string all = peer.read_to_end();
  EXPECT_THAT(all, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_THAT(all, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(all, Not(HasSubstr("Content-Length")));
  EXPECT_THAT(all, EndsWith("\r\n\r\nb\r\ndata: one\n\n\r\n12\r\ndata: twenty-two\n\n\r\n0\r\n\r\n"));
  EXPECT_TRUE(closed_.next());
}

TEST_F(BodyStreamTest, GivesAnHttp10ClientTheBareBytesUntilTheEnd) {
  TestPeer peer(serve());
  peer.send("GET / HTTP/1.0\r\n\r\n");
  const auto stream = opened_.next();
  stream->send(piece("one"));
  stream->send(piece("two"));
  stream->close();
  const std::string all = peer.read_to_end();
  EXPECT_THAT(all, Not(HasSubstr("chunked")));
  EXPECT_THAT(all, EndsWith("\r\n\r\nonetwo"));
}

TEST_F(BodyStreamTest, TellsWhenTheClientHasGone) {
  const auto address = serve();
  std::shared_ptr<BodyStream> stream;
  {
    TestPeer peer(address);
    peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    stream = opened_.next();
  }
  EXPECT_TRUE(closed_.next());
  EXPECT_FALSE(stream->send(piece("x")));
  EXPECT_EQ(closed_.unread(), 0U);
}

TEST_F(BodyStreamTest, RefusesPiecesOfASlowClientPastTheBoundAndSaysWhenItHasRoom) {
  HttpServerLimits limits;
  limits.websocket_frames = 4;
  TestPeer peer(serve(limits));
  peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto stream = opened_.next();
  const auto large = piece(std::string(1 << 20, 'x'));
  std::size_t taken = 0;
  while (stream->send(large)) ++taken;  // ends, since the peer reads nothing and the kernel's buffers are bounded
  EXPECT_GE(taken, 4U);
  peer.read_bytes(taken << 20);
  EXPECT_TRUE(drained_.next());
  EXPECT_TRUE(stream->send(large));
}

TEST_F(BodyStreamTest, ClosesOnAClientThatTakesNothingForTooLong) {
  HttpServerLimits limits;
  limits.write_timeout = Millis{50};
  limits.websocket_frames = 64;
  TestPeer peer(serve(limits));
  peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto stream = opened_.next();
  const auto large = piece(std::string(1 << 20, 'x'));
  for (int i = 0; i < 64; ++i) stream->send(large);
  EXPECT_TRUE(closed_.next());
  EXPECT_EQ(server_->stats().timeouts, 1U);
}

TEST_F(BodyStreamTest, StopOfTheServerEndsStreams) {
  TestPeer peer(serve());
  peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto stream = opened_.next();
  server_->stop();
  EXPECT_TRUE(closed_.next());
  EXPECT_FALSE(stream->send(piece("x")));
}

}  // namespace
}  // namespace jackfield::net
