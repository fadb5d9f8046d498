#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/beast/websocket.hpp>

#include "net/beast.hpp"
#include "net/http_server.hpp"
#include "net/io.hpp"
#include "net/test_peer.hpp"

namespace jackfield::net {
namespace {

namespace websocket = beast::websocket;

std::shared_ptr<const std::string> shared(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

class Client {
 public:
  explicit Client(const std::string& address) : stream_(io_) {
    const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    stream_.next_layer().connect({asio::ip::address_v4::loopback(), port});
    stream_.handshake("localhost", "/v1/stream");
  }
  void send(const std::string& text) { stream_.write(asio::buffer(text)); }
  std::string read() {
    beast::flat_buffer buffer;
    stream_.read(buffer);
    return {static_cast<const char*>(buffer.data().data()), buffer.size()};
  }
  int read_close() {
    beast::flat_buffer buffer;
    error_code ended;
    while (!ended) stream_.read(buffer, ended);
    return stream_.reason().code;
  }
  websocket::stream<Tcp::socket>& stream() { return stream_; }

 private:
  asio::io_context io_;
  websocket::stream<Tcp::socket> stream_;
};

class WebSocketTest : public ::testing::Test {
 protected:
  WebSocketTest() : io_(2) { io_.start(); }
  ~WebSocketTest() override {
    server_.reset();
    io_.stop();
  }
  std::string serve(HttpServerLimits limits = {}) {
    server_ =
        std::make_unique<HttpServer>(io_, limits, [this](HttpRequest request, std::shared_ptr<Responder> responder) {
          EXPECT_TRUE(request.websocket || request.path == "/plain");
          responder->upgrade({.on_open = [this](std::shared_ptr<WebSocket> socket) { opened_.add(std::move(socket)); },
                              .on_text = [this](std::string text) { texts_.add(std::move(text)); },
                              .on_drain = [this] { drained_.add(1); },
                              .on_close = [this] { closed_.add(1); }});
        });
    return server_->listen("127.0.0.1:0").value();
  }

  IoContext io_;
  Seen<std::shared_ptr<WebSocket>> opened_;
  Seen<std::string> texts_;
  Seen<int> drained_, closed_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(WebSocketTest, CarriesTextBothWaysAndClosesOnce) {
  Client client(serve());
  const auto socket = opened_.next();
  client.send("hello");
  EXPECT_EQ(texts_.next(), "hello");
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(socket->send(shared("event " + std::to_string(i))));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client.read(), "event " + std::to_string(i));
  EXPECT_EQ(server_->stats().connections, 1u);
  client.stream().close(websocket::close_code::normal);
  closed_.next();
  EXPECT_FALSE(socket->send(shared("too late")));
  server_->stop();
  EXPECT_EQ(closed_.unread(), 0u);
}

TEST_F(WebSocketTest, WhatWaitsIsWrittenBeforeTheClose) {
  Client client(serve());
  const auto socket = opened_.next();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(socket->send(shared("event")));
  socket->close(1001, "going away");
  EXPECT_FALSE(socket->send(shared("after the close")));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(client.read(), "event");
  EXPECT_EQ(client.read_close(), 1001);
  closed_.next();
}

TEST_F(WebSocketTest, FramesThatWaitAreBoundedAndTheDrainIsTold) {
  Client client(serve({.websocket_frames = 8}));
  const auto socket = opened_.next();
  const auto large = shared(std::string(1024 * 1024, 'x'));
  int taken = 0;
  while (socket->send(large)) ++taken;  // until the kernel's buffers and ours are full
  EXPECT_GE(taken, 8);
  EXPECT_EQ(drained_.unread(), 0u);
  for (int i = 0; i < taken; ++i) EXPECT_EQ(client.read().size(), large->size());
  drained_.next();
  EXPECT_TRUE(socket->send(shared("again")));
  EXPECT_EQ(client.read(), "again");
}

TEST_F(WebSocketTest, AMessageThatIsTooLongEndsIt) {
  Client client(serve());
  opened_.next();
  error_code ignored;
  client.stream().write(asio::buffer(std::string(64 * 1024, 'x')), ignored);
  EXPECT_EQ(texts_.next().size(), 64u * 1024);
  client.stream().write(asio::buffer(std::string(64 * 1024 + 1, 'x')), ignored);
  EXPECT_EQ(client.read_close(), websocket::close_code::too_big);
  closed_.next();
}

TEST_F(WebSocketTest, AClientThatVanishesIsNoticed) {
  const auto address = serve();
  { Client client(address); }
  closed_.next();
}

TEST_F(WebSocketTest, ASilentPeerIsPingedAndThenLeft) {
  Client client(serve({.idle_timeout = Millis{200}}));  // its side only reads when told to: no pong comes
  opened_.next();
  closed_.next();
}

TEST_F(WebSocketTest, AStopEndsItBeforeItReturns) {
  Client client(serve());
  opened_.next();
  server_->stop();
  EXPECT_EQ(closed_.unread(), 1u);
}

TEST_F(WebSocketTest, APlainRequestCannotBeUpgraded) {
  TestPeer peer(serve());
  peer.send("GET /plain HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(peer.read_to_end(), ::testing::StartsWith("HTTP/1.1 426 "));
  EXPECT_EQ(opened_.unread(), 0u);
}

}  // namespace
}  // namespace jackfield::net
