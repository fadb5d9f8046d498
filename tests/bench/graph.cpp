#include "graph.hpp"

#include <atomic>
#include <charconv>
#include <string>
#include <thread>

#include "load.hpp"
#include "net/asio.hpp"

namespace jackfield::bench {
namespace {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using Error = boost::system::error_code;

struct Taken {
  std::atomic<std::uint64_t> count{0};
  std::atomic<double> last_ms{0};
};

std::string answer_for(std::uint64_t number) {
  const std::string body =
      R"({"messaging_product":"whatsapp","contacts":[{"input":"33612345678","wa_id":"33612345678"}],"messages":[{"id":"wamid.OUT)" +
      std::to_string(number) + "\"}]}";
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

// The bytes of the whole request, 0 while its header is not all there. libcurl writes the name as below.
std::size_t size_of_request(std::string_view bytes) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  constexpr std::string_view name = "\r\nContent-Length: ";
  std::size_t length = 0;
  if (const auto at = bytes.substr(0, end).find(name); at != std::string_view::npos)
    std::from_chars(bytes.data() + at + name.size(), bytes.data() + end, length);
  return end + 4 + length;
}

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Socket socket, Taken& taken) : socket_(std::move(socket)), taken_(taken) {
    socket_.set_option(asio::ip::tcp::no_delay(true));
  }

  void receive() {
    socket_.async_read_some(asio::buffer(buffer_ + read_, sizeof buffer_ - read_),
                            [self = shared_from_this()](Error error, std::size_t count) {
                              if (error) return;
                              self->read_ += count;
                              self->take();
                            });
  }

 private:
  void take() {
    const auto size = size_of_request({buffer_, read_});
    if (size == 0 || read_ < size) {
      if (read_ < sizeof buffer_) receive();
      return;
    }
    read_ = 0;
    answer_ = answer_for(taken_.count.fetch_add(1) + 1);
    taken_.last_ms = steady_ms();
    asio::async_write(socket_, asio::buffer(answer_), [self = shared_from_this()](Error error, std::size_t) {
      if (!error) self->receive();
    });
  }

  Socket socket_;
  Taken& taken_;
  std::string answer_;
  std::size_t read_ = 0;
  char buffer_[16 * 1024];
};

}  // namespace

struct Graph::State {
  State() : acceptor(io, {asio::ip::address_v4::loopback(), 0}) {
    accept();
    thread = std::thread([this] { io.run(); });
  }
  ~State() {
    io.stop();
    thread.join();
  }

  void accept() {
    acceptor.async_accept([this](Error error, Socket socket) {
      if (!error) std::make_shared<Session>(std::move(socket), taken)->receive();
      accept();
    });
  }

  Taken taken;
  asio::io_context io{1};
  Acceptor acceptor;
  std::thread thread;
};

Graph::Graph() : state_(std::make_unique<State>()) {}
Graph::~Graph() = default;
int Graph::port() const { return state_->acceptor.local_endpoint().port(); }
std::uint64_t Graph::taken() const { return state_->taken.count; }
double Graph::last_taken_ms() const { return state_->taken.last_ms; }

}  // namespace jackfield::bench
