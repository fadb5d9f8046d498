// One connection of the load generators: a request, its answer, and whoever drives it is told.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "load.hpp"
#include "net/asio.hpp"

namespace jackfield::bench {

class Connection {
 public:
  // status 0: the connection ended.
  using Answered = std::function<void(Connection&, int status)>;

  Connection(boost::asio::io_context& io, int port, Answered answered);

  void send(const NextRequest& next);
  // Did the last answer say that it was the last?
  bool is_over() const { return over_; }

  std::size_t index = 0;  // for the one who drives it
  double sent_ms = 0;     // the same

 private:
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

  void receive();
  void take();
  void finish(int status);

  Socket socket_;
  const Answered answered_;
  std::string request_;
  bool over_ = false;
  std::size_t read_ = 0;
  char buffer_[16 * 1024];
};

}  // namespace jackfield::bench
