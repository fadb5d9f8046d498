#include "net/http_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "base/temporary_folder.hpp"
#include "net/asio.hpp"
// after asio.hpp
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>

#include "net/io.hpp"
#include "net/test_peer.hpp"

namespace jackfield::net {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

HttpResponse text(std::string body) { return {.content_type = "text/plain", .body = std::move(body)}; }

void answer_path(const HttpRequest& request, const std::shared_ptr<Responder>& responder) {
  responder->respond(text(request.method + " " + request.path + " " + request.body));
}

class HttpServerTest : public ::testing::Test {
 protected:
  HttpServerTest() : io_(2) { io_.start(); }
  ~HttpServerTest() override {
    for (std::thread& thread : threads_) thread.join();
    server_.reset();
    io_.stop();
  }

  std::string serve(HttpServer::Handler handler = answer_path, HttpServerLimits limits = {},
                    HttpServer::BodyLimit body_limit = {}) {
    server_ = std::make_unique<HttpServer>(io_, limits, std::move(handler), std::move(body_limit));
    return server_->listen("127.0.0.1:0").value();
  }
  // One request on a connection of its own, to its end.
  static std::string ask(const std::string& address, const std::string& request) {
    TestPeer peer(address);
    peer.send(request);
    return peer.read_to_end();
  }

  IoContext io_;
  std::unique_ptr<HttpServer> server_;
  std::vector<std::thread> threads_;
};

TEST_F(HttpServerTest, HandsTheRequestOverAndKeepsTheConnection) {
  Seen<HttpRequest> seen;
  const auto address = serve([&](HttpRequest request, std::shared_ptr<Responder> responder) {
    seen.add(std::move(request));
    responder->respond(text("yes"));
  });
  TestPeer peer(address);
  for (int i = 0; i < 3; ++i) {
    peer.send("POST /a%20b?x=1&y HTTP/1.1\r\nHost: h\r\nX-Thing:  some Value \r\nContent-Length: 4\r\n\r\nbody");
    EXPECT_EQ(peer.read_response(), "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nyes");
    const HttpRequest request = seen.next();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/a%20b?x=1&y");
    EXPECT_EQ(request.path, "/a%20b");
    EXPECT_EQ(request.query, "x=1&y");
    EXPECT_EQ(request.header("x-thing"), "some Value");
    EXPECT_EQ(request.body, "body");
    EXPECT_EQ(request.remote, "127.0.0.1");
    EXPECT_FALSE(request.tls);
    EXPECT_FALSE(request.websocket);
  }
  EXPECT_EQ(server_->stats().accepted, 1u);
  EXPECT_EQ(server_->stats().requests, 3u);
  EXPECT_EQ(server_->stats().connections, 1u);
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  std::mutex mutex;
  const auto address = serve([&](HttpRequest request, std::shared_ptr<Responder> responder) {
    std::lock_guard lock(mutex);
    threads_.emplace_back([request, responder] { answer_path(request, responder); });
  });
  TestPeer peer(address);
  std::string requests;
  for (int i = 0; i < 20; ++i) requests += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  peer.send(requests);
  for (int i = 0; i < 20; ++i) EXPECT_THAT(peer.read_response(), HasSubstr("GET /" + std::to_string(i) + " "));
}

TEST_F(HttpServerTest, BytesThatComeOneByOneAreARequest) {
  const auto address = serve();
  TestPeer peer(address);
  for (const char c : std::string("PUT /slow HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                                  "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")) {
    peer.send(std::string(1, c));
  }
  EXPECT_THAT(peer.read_response(), HasSubstr("PUT /slow abcde"));
}

TEST_F(HttpServerTest, ExpectContinueIsAnsweredBeforeTheBodyComes) {
  const auto address = serve();
  TestPeer peer(address);
  peer.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(peer.read_response(), "HTTP/1.1 100 Continue\r\n\r\n");
  peer.send("hello");
  EXPECT_THAT(peer.read_response(), HasSubstr("POST /x hello"));
}

TEST_F(HttpServerTest, HeadHasTheLengthButNoBody) {
  const auto address = serve();
  TestPeer peer(address);
  peer.send("HEAD /abc HTTP/1.1\r\nHost: h\r\n\r\nGET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string both = peer.read_to_end();
  EXPECT_THAT(both,
              StartsWith("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nHTTP/1.1 200"));
  EXPECT_THAT(both, HasSubstr("Connection: close\r\n"));
}

TEST_F(HttpServerTest, AnOldClientIsClosedUnlessItAsksToStay) {
  const auto address = serve();
  EXPECT_THAT(ask(address, "GET /old HTTP/1.0\r\n\r\n"), HasSubstr("Connection: close"));
  TestPeer peer(address);
  peer.send("GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(peer.read_response(), HasSubstr("Connection: keep-alive"));
  peer.send("GET /again HTTP/1.0\r\n\r\n");
  EXPECT_THAT(peer.read_to_end(), HasSubstr("GET /again"));
}

TEST_F(HttpServerTest, AHalfClosedClientStillGetsItsAnswer) {
  std::shared_ptr<Responder> kept;
  Seen<int> arrived;
  const auto address = serve([&](HttpRequest, std::shared_ptr<Responder> responder) {
    kept = std::move(responder);
    arrived.add(1);
  });
  TestPeer peer(address);
  peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  peer.half_close();
  arrived.next();
  while (!kept->gone()) std::this_thread::yield();
  kept->respond(text("late"));
  EXPECT_THAT(peer.read_to_end(), HasSubstr("late"));
}

TEST_F(HttpServerTest, AnAnswerToAClientThatIsGoneIsHarmless) {
  std::shared_ptr<Responder> kept;
  Seen<int> arrived;
  const auto address = serve([&](HttpRequest, std::shared_ptr<Responder> responder) {
    kept = std::move(responder);
    arrived.add(1);
  });
  {
    TestPeer peer(address);
    peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    arrived.next();
    EXPECT_FALSE(kept->gone());
  }
  while (!kept->gone()) std::this_thread::yield();
  kept->respond(text("nobody listens"));
  server_->stop();
  kept->respond(text("twice"));
}

TEST_F(HttpServerTest, ADroppedResponderAnswers500) {
  const auto address = serve([](HttpRequest request, std::shared_ptr<Responder>) {
    if (request.path == "/throw") throw std::runtime_error("broken on purpose");
  });
  TestPeer peer(address);
  for (const char* path : {"/drop", "/throw"}) {
    peer.send(std::string("GET ") + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(peer.read_response(), StartsWith("HTTP/1.1 500 "));
  }
}

TEST_F(HttpServerTest, WhatIsNoRequestGetsAProblemDocument) {
  const auto address = serve();
  for (const char* bad :
       {"this is not HTTP\r\n\r\n", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    const std::string answer = ask(address, bad);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\n")) << bad;
    EXPECT_THAT(answer, HasSubstr("\"status\":400")) << bad;
  }
  EXPECT_THAT(ask(address, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n"),
              StartsWith("HTTP/1.1 501 "));
}

TEST_F(HttpServerTest, AHeaderPastTheBoundGets431) {
  const auto address = serve(answer_path, {.header_bytes = 1000});
  const std::string fits =
      "GET /fits HTTP/1.1\r\nHost: h\r\nConnection: close\r\nA: " + std::string(800, 'a') + "\r\n\r\n";
  EXPECT_THAT(ask(address, fits), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(ask(address, "GET / HTTP/1.1\r\nHost: h\r\nA: " + std::string(1200, 'a') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(ask(address, "GET /" + std::string(1200, 'a')), StartsWith("HTTP/1.1 431 "));
  TestPeer drop_by_drop(address);
  drop_by_drop.send("GET / HTTP/1.1\r\nHost: h\r\n");
  for (int i = 0; i < 100; ++i) drop_by_drop.send("A" + std::to_string(i) + ": 0123456789\r\n");
  EXPECT_THAT(drop_by_drop.read_to_end(), StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpServerTest, ABodyPastTheLimitOfItsPathGets413BeforeItIsRead) {
  const auto limit = [](std::string_view method, std::string_view path) -> std::size_t {
    return method == "POST" && path == "/large" ? 1000 : 0;
  };
  const auto address = serve(answer_path, {}, limit);
  const auto post = [](const char* path, std::size_t length, const char* extra = "") {
    return std::string("POST ") + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + extra +
           "Content-Length: " + std::to_string(length) + "\r\n\r\n";
  };
  EXPECT_THAT(ask(address, post("/large", 1000) + std::string(1000, 'x')), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(ask(address, post("/large", 1001)), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(ask(address, post("/large", 5000000, "Expect: 100-continue\r\n")), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(ask(address, post("/none", 1)), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(ask(address, "POST /large HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n" +
                               std::string(1024, 'x') + "\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpServerTest, SlowHeadersAndBodiesGet408) {
  const auto address = serve(answer_path, {.header_timeout = Millis{60}, .body_timeout = Millis{60}});
  EXPECT_THAT(ask(address, "GET / HTTP/1.1\r\n"), StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(ask(address, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab"), StartsWith("HTTP/1.1 408 "));
  EXPECT_EQ(server_->stats().timeouts, 2u);
}

TEST_F(HttpServerTest, AnIdleConnectionIsClosed) {
  const auto address = serve(answer_path, {.idle_timeout = Millis{60}});
  TestPeer peer(address);
  EXPECT_EQ(peer.read_to_end(), "");
  TestPeer after_one(address);
  after_one.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(after_one.read_to_end(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, AClientThatDoesNotReadIsClosed) {
  Seen<int> arrived;
  const auto address = serve(
      [&](HttpRequest, std::shared_ptr<Responder> responder) {
        responder->respond(text(std::string(64 * 1024 * 1024, 'x')));
        arrived.add(1);
      },
      {.write_timeout = Millis{60}});
  TestPeer peer(address);
  peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  arrived.next();
  while (server_->stats().connections > 0) std::this_thread::yield();
  EXPECT_EQ(server_->stats().timeouts, 1u);
}

TEST_F(HttpServerTest, ConnectionsPastTheBoundGet503) {
  const auto address = serve(answer_path, {.connections = 2});
  TestPeer first(address), second(address);
  first.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  second.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  first.read_response();
  second.read_response();
  const std::string refused = ask(address, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(refused, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_EQ(server_->stats().refused, 1u);
}

TEST_F(HttpServerTest, AFileIsTheBody) {
  const TemporaryFolder folder;
  const std::string path = folder.file("body");
  const std::string content(1'000'003, 'f');
  std::ofstream(path) << content;
  const auto address = serve([&](HttpRequest request, std::shared_ptr<Responder> responder) {
    responder->respond({.content_type = "x/y", .file = request.path == "/there" ? path : path + "-not"});
  });
  TestPeer peer(address);
  peer.send("GET /there HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(peer.read_response() ==
              "HTTP/1.1 200 OK\r\nContent-Type: x/y\r\nContent-Length: 1000003\r\n\r\n" + content);
  peer.send("GET /missing HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(peer.read_response(), StartsWith("HTTP/1.1 404 "));
}

TEST_F(HttpServerTest, AHeaderValueCannotSplitTheResponse) {
  const auto address = serve([](HttpRequest, std::shared_ptr<Responder> responder) {
    responder->respond({.headers = {{"X-A", "b\r\nX-Evil: 1"}, {"Content-Length", "99"}}});
  });
  TestPeer peer(address);
  peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(peer.read_response(), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-A: b  X-Evil: 1\r\n\r\n");
}

TEST_F(HttpServerTest, AnAddressThatIsTakenIsNamed) {
  const auto address = serve();
  const auto again = server_->listen(address);
  ASSERT_TRUE(again.has_error());
  EXPECT_EQ(again.error().message, address + ": address already in use");
  EXPECT_EQ(server_->listen("nonsense").error().code, Errc::invalid);
  EXPECT_EQ(server_->listen("127.0.0.1:99999").error().code, Errc::invalid);
  EXPECT_THAT(server_->listen("192.0.2.1:0").error().message, StartsWith("192.0.2.1:0: "));
}

TEST_F(HttpServerTest, ListensByNameAndOnEveryAddress) {
  serve();
  for (const char* wanted : {"localhost:0", ":0"}) {
    const auto address = server_->listen(wanted).value();
    EXPECT_THAT(ask(address, "GET /there HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), HasSubstr("GET /there"));
  }
}

TEST_F(HttpServerTest, AStopClosesAllAndFreesTheAddress) {
  const auto address = serve();
  TestPeer peer(address);
  peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  peer.read_response();
  server_->stop();
  server_->stop();
  EXPECT_EQ(peer.read_to_end(), "");
  EXPECT_THROW(TestPeer{address}, std::runtime_error);
  EXPECT_EQ(server_->stats().connections, 0u);
}

// --------------------------------------------------------------------- TLS

TEST_F(HttpServerTest, SpeaksTls) {
  const TestCertificate certificate;
  const TlsFiles files{certificate.certificate_file(), certificate.key_file()};
  serve([](HttpRequest request, std::shared_ptr<Responder> responder) {
    responder->respond(text(request.tls ? std::string(100'000, 's') : "plain"));
  });
  const auto address = server_->listen("127.0.0.1:0", &files).value();

  asio::io_context io;
  asio::ssl::context context(asio::ssl::context::tls_client);
  asio::ssl::stream<Tcp::socket> client(io, context);
  client.next_layer().connect({asio::ip::address_v4::loopback(),
                               static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)))});
  client.handshake(asio::ssl::stream_base::client);
  EXPECT_GE(SSL_version(client.native_handle()), TLS1_2_VERSION);
  for (const char* connection : {"keep-alive", "close"}) {
    asio::write(client,
                asio::buffer("GET / HTTP/1.1\r\nHost: h\r\nConnection: " + std::string(connection) + "\r\n\r\n"));
    std::string answer;
    asio::read_until(client, asio::dynamic_buffer(answer), "\r\n\r\n");
    const std::size_t body_at = answer.find("\r\n\r\n") + 4;
    asio::read(client, asio::dynamic_buffer(answer), asio::transfer_exactly(body_at + 100'000 - answer.size()));
    EXPECT_TRUE(answer.substr(body_at) == std::string(100'000, 's'));
  }
  error_code ended;
  char one[1];
  client.read_some(asio::buffer(one), ended);
  EXPECT_EQ(ended, asio::error::eof);  // with its close_notify, not cut off
}

TEST_F(HttpServerTest, AMissingOrForeignKeyFileIsNamed) {
  const TestCertificate mine, other;
  serve();
  const TlsFiles missing{"/nowhere/cert.pem", mine.key_file()};
  EXPECT_EQ(server_->listen("127.0.0.1:0", &missing).error().message,
            "certificate /nowhere/cert.pem: no such file or directory");
  const TlsFiles foreign{mine.certificate_file(), other.key_file()};
  EXPECT_THAT(server_->listen("127.0.0.1:0", &foreign).error().message, StartsWith("key " + other.key_file() + ": "));
  const TlsFiles swapped{mine.key_file(), mine.certificate_file()};
  EXPECT_THAT(server_->listen("127.0.0.1:0", &swapped).error().message, HasSubstr(mine.key_file()));
}

}  // namespace
}  // namespace jackfield::net
