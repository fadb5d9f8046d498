#include "load.hpp"

#include <chrono>
#include <deque>
#include <memory>
#include <stdexcept>

#include "connection.hpp"

namespace jackfield::bench {
namespace {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
using Clock = std::chrono::steady_clock;
using Error = boost::system::error_code;

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
