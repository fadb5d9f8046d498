#include "beast_server.hpp"

#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <iostream>
#include <algorithm>
#include <thread>
#include <vector>

#include "net/beast.hpp"

namespace jackfield::bench {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Executor = asio::strand<asio::io_context::executor_type>;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, asio::io_context::executor_type>;
using Error = boost::system::error_code;

class Session : public std::enable_shared_from_this<Session> {
 public:
  explicit Session(Socket socket) : socket_(std::move(socket)) { socket_.set_option(asio::ip::tcp::no_delay(true)); }

  void receive() {
    request_ = {};
    http::async_read(socket_, buffer_, request_, [self = shared_from_this()](Error error, std::size_t) {
      if (!error) self->answer();
    });
  }

 private:
  void answer() {
    response_ = {http::status::ok, 11};
    response_.prepare_payload();
    http::async_write(socket_, response_, [self = shared_from_this()](Error error, std::size_t) {
      if (!error) self->receive();
    });
  }

  Socket socket_;
  boost::beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::empty_body> response_;
};

void accept(asio::io_context& io, Acceptor& acceptor) {
  acceptor.async_accept(asio::make_strand(io), [&](Error error, Socket socket) {
    if (!error) std::make_shared<Session>(std::move(socket))->receive();
    accept(io, acceptor);
  });
}

}  // namespace

int run_beast_server() {
  // As many as the daemon has for this: io_threads in core/app/app.cpp.
  const int threads = std::clamp(static_cast<int>(std::thread::hardware_concurrency()) / 2, 1, 4);
  asio::io_context io(threads);
  Acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  accept(io, acceptor);
  std::cout << acceptor.local_endpoint().port() << std::endl;
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back([&] { io.run(); });
  io.run();
  for (auto& one : others) one.join();
  return 0;
}

BeastServer::BeastServer(const std::string& folder)
    : process({"/proc/self/exe", "beast-server"}, folder + "/beast-server.stderr"), port(std::stoi(process.line())) {}

}  // namespace jackfield::bench
