// The API behind a real server: a WebSocket client that is cut off again and again.
#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <thread>

#include "api/test_world.hpp"

namespace jackfield::api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using asio::ip::tcp;

class ServedWorld {
 public:
  ServedWorld()
      : server(
            world.io, {},
            [this](net::HttpRequest request, std::shared_ptr<net::Responder> to) {
              world.api->handle(std::move(request), std::move(to));
            },
            [this](std::string_view method, std::string_view path) { return world.api->body_limit(method, path); }) {
    const std::string address = server.listen("127.0.0.1:0").value();
    port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }
  ~ServedWorld() {
    world.api->stop();
    server.stop();
  }
  tcp::socket connect() {
    tcp::socket socket(io);
    socket.connect({asio::ip::address_v4::loopback(), port});
    return socket;
  }

  World world;
  net::HttpServer server;
  std::uint16_t port = 0;
  asio::io_context io;
};

class Client {
 public:
  Client(ServedWorld& served, const std::string& target) : stream_(served.connect()) {
    stream_.set_option(websocket::stream_base::decorator(
        [](websocket::request_type& request) { request.set(http::field::authorization, "Bearer crm-token"); }));
    stream_.handshake("127.0.0.1", target);
  }
  boost::json::value read() {
    beast::flat_buffer buffer;
    stream_.read(buffer);
    EXPECT_TRUE(stream_.got_text());
    return boost::json::parse({static_cast<const char*>(buffer.data().data()), buffer.size()});
  }
  void cut() { stream_.next_layer().close(); }  // as a cable that is pulled: no closing handshake

 private:
  websocket::stream<tcp::socket> stream_;
};

TEST(Stream, AClientThatIsCutAgainAndAgainMissesNothingAndGetsNothingTwice) {
  ServedWorld served;
  const auto thread = served.world.add_conversation("general");
  std::thread writer([&] {
    for (int i = 0; i < 60; ++i) served.world.add_messages(thread, 50);
  });
  std::vector<std::int64_t> seen;
  std::string after = "0";
  while (seen.size() < 3003) {
    Client client(served, "/v1/stream?after=" + after);
    for (std::size_t i = 0; i < 211 && seen.size() < 3003; ++i) {
      const auto event = client.read();
      after = event.at("id").as_string().c_str();
      std::int64_t cursor = 0;
      ASSERT_TRUE(parse_cursor(after, cursor));
      seen.push_back(cursor);
    }
    client.cut();
  }
  writer.join();
  std::vector<std::int64_t> whole(3003);
  for (std::size_t i = 0; i < whole.size(); ++i) whole[i] = static_cast<std::int64_t>(i + 1);
  EXPECT_EQ(seen, whole);
}

TEST(Stream, AnHttpClientIsAnsweredOverTheWire) {
  ServedWorld served;
  auto socket = served.connect();
  http::request<http::string_body> request{http::verb::post, "/v1/contacts", 11};
  request.set(http::field::host, "127.0.0.1");
  request.set(http::field::authorization, "Bearer root-token");
  request.body() = R"({"name":"Zoé"})";
  request.prepare_payload();
  http::write(socket, request);
  beast::flat_buffer buffer;
  http::response<http::string_body> response;
  http::read(socket, buffer, response);
  EXPECT_EQ(response.result_int(), 201u);
  EXPECT_EQ(boost::json::parse(response.body()).at("name").as_string(), "Zoé");
}

}  // namespace
}  // namespace jackfield::api
