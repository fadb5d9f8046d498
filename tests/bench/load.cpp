#include "load.hpp"

#include <charconv>
#include <chrono>
#include <deque>
#include <memory>
#include <stdexcept>

#include "net/asio.hpp"

namespace jackfield::bench {
namespace {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
using Clock = std::chrono::steady_clock;
using Error = boost::system::error_code;

bool is_content_length(std::string_view line) {
  constexpr std::string_view name = "content-length:";
  if (line.size() < name.size()) return false;
  for (std::size_t i = 0; i < name.size(); ++i)
    if ((line[i] | 0x20) != (name[i] | 0x20)) return false;
  return true;
}

std::size_t body_length(std::string_view header) {
  for (auto at = header.find("\r\n"); at != std::string_view::npos; at = header.find("\r\n", at + 2)) {
    std::string_view line = header.substr(at + 2);
    if (!is_content_length(line)) continue;
    line.remove_prefix(15);
    while (line.starts_with(' ')) line.remove_prefix(1);
    std::size_t length = 0;
    std::from_chars(line.data(), line.data() + line.size(), length);
    return length;
  }
  return 0;
}

// One connection: a request, its answer, and whoever drives it is told.
class Connection {
 public:
  using Answered = std::function<void(Connection&, int status)>;

  Connection(asio::io_context& io, int port, Answered answered) : socket_(io), answered_(std::move(answered)) {
    socket_.connect({asio::ip::address_v4::loopback(), static_cast<unsigned short>(port)});
    socket_.set_option(asio::ip::tcp::no_delay(true));
    socket_.non_blocking(true);
  }

  void send(const NextRequest& next) {
    next(request_);
    // It nearly always fits into the socket's buffer; asking the reactor first would cost as much again.
    Error error;
    const auto sent = socket_.write_some(asio::buffer(request_), error);
    if (error && error != asio::error::would_block) return finish(0);
    if (sent == request_.size()) return receive();
    asio::async_write(socket_, asio::buffer(request_) + sent,
                      [this](Error failed, std::size_t) { failed ? finish(0) : receive(); });
  }

  std::size_t index = 0;  // for the one who drives it

 private:
  void receive() {
    socket_.async_read_some(asio::buffer(buffer_ + read_, sizeof buffer_ - read_),
                            [this](Error error, std::size_t count) {
                              if (error) return finish(0);
                              read_ += count;
                              take();
                            });
  }

  void take() {
    const std::string_view all(buffer_, read_);
    const auto end = all.find("\r\n\r\n");
    if (end == std::string_view::npos) return read_ == sizeof buffer_ ? finish(0) : receive();
    const std::string_view header = all.substr(0, end);
    const auto whole = end + 4 + body_length(header);
    if (whole > sizeof buffer_ || header.size() < 12) return finish(0);
    if (read_ < whole) return receive();
    read_ = 0;  // nothing is ever sent ahead of the answer, so nothing comes behind it
    finish((header[9] - '0') * 100 + (header[10] - '0') * 10 + (header[11] - '0'));
  }

  void finish(int status) { answered_(*this, status); }

  Socket socket_;
  const Answered answered_;
  std::string request_;
  std::size_t read_ = 0;
  char buffer_[16 * 1024];
};

using Connections = std::vector<std::unique_ptr<Connection>>;

Connections connect(asio::io_context& io, int port, int count, const Connection::Answered& answered) {
  Connections out;
  for (int i = 0; i < count; ++i) out.push_back(std::make_unique<Connection>(io, port, answered));
  return out;
}

bool is_accepted(int status) { return status >= 200 && status < 300; }

class ClosedLoop {
 public:
  ClosedLoop(int port, int connections, std::uint64_t count, double seconds, const NextRequest& next)
      : next_(next),
        left_(count ? count : UINT64_MAX),
        all_(connect(io_, port, connections, [this](Connection& c, int status) { answered(c, status); })) {
    begin_ = Clock::now();
    end_ = seconds > 0 ? begin_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds))
                       : Clock::time_point::max();
  }

  LoadResult run() {
    for (auto& connection : all_) go_on(*connection);
    io_.run();
    result_.seconds = std::chrono::duration<double>(last_ - begin_).count();
    return result_;
  }

 private:
  void go_on(Connection& connection) {
    if (left_ == 0 || Clock::now() >= end_) return;
    --left_;
    connection.send(next_);
  }

  void answered(Connection& connection, int status) {
    ++(is_accepted(status) ? result_.accepted : result_.refused);
    if (!is_accepted(status)) result_.refusal = status;
    last_ = Clock::now();
    if (status != 0) go_on(connection);
  }

  asio::io_context io_{1};
  const NextRequest& next_;
  std::uint64_t left_;
  Connections all_;
  LoadResult result_;
  Clock::time_point begin_, end_, last_;
};

class OpenLoop {
 public:
  OpenLoop(int port, int connections, double per_second, double seconds, const NextRequest& next)
      : next_(next),
        all_(connect(io_, port, connections, [this](Connection& c, int status) { answered(c, status); })),
        timer_(io_),
        step_(std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / per_second))),
        count_(static_cast<std::size_t>(per_second * seconds)) {
    for (auto& connection : all_) idle_.push_back(connection.get());
    result_.answer_ms.assign(count_, -1);
  }

  PacedResult run() {
    begin_ = Clock::now() + std::chrono::milliseconds{10};
    begin_ms_ = steady_ms() + 10;
    for (std::size_t i = 0; i < count_; ++i)
      result_.sent_at.push_back(begin_ms_ + std::chrono::duration<double, std::milli>(step_ * i).count());
    tick();
    io_.run();
    return std::move(result_);
  }

 private:
  void tick() {
    while (due_ < count_ && begin_ + step_ * due_ <= Clock::now()) ++due_;
    send_due();
    if (due_ == count_) return;
    timer_.expires_at(begin_ + step_ * due_);
    timer_.async_wait([this](Error) { tick(); });
  }

  void send_due() {
    while (sent_ < due_ && !idle_.empty()) {
      auto& connection = *idle_.front();
      idle_.pop_front();
      connection.index = sent_++;
      connection.send(next_);
    }
  }

  void answered(Connection& connection, int status) {
    if (is_accepted(status)) result_.answer_ms[connection.index] = steady_ms() - result_.sent_at[connection.index];
    if (status == 0) return;
    idle_.push_back(&connection);
    send_due();
  }

  asio::io_context io_{1};
  const NextRequest& next_;
  Connections all_;
  std::deque<Connection*> idle_;
  Timer timer_;
  const Clock::duration step_;
  const std::size_t count_;
  std::size_t due_ = 0, sent_ = 0;
  Clock::time_point begin_;
  double begin_ms_ = 0;
  PacedResult result_;
};

}  // namespace

double steady_ms() { return std::chrono::duration<double, std::milli>(Clock::now().time_since_epoch()).count(); }

LoadResult run_load(int port, int connections, std::uint64_t count, double seconds, const NextRequest& next) {
  return ClosedLoop(port, connections, count, seconds, next).run();
}

PacedResult run_paced(int port, int connections, double per_second, double seconds, const NextRequest& next) {
  return OpenLoop(port, connections, per_second, seconds, next).run();
}

}  // namespace jackfield::bench
