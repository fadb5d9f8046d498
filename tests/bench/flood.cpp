#include "flood.hpp"

#include <chrono>
#include <memory>

#include "connection.hpp"

namespace jackfield::bench {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using Timer = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, asio::io_context::executor_type>;
using Error = boost::system::error_code;

class Flood {
 public:
  Flood(int port, std::size_t connections, double per_second, double seconds, const NumberedRequest& next)
      : port_(port),
        most_(connections),
        next_(next),
        step_(std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / per_second))),
        count_(static_cast<std::uint64_t>(per_second * seconds)) {
    numbers_.resize(most_);
    all_.reserve(most_);
  }

  FloodResult run() {
    begin_ = Clock::now();
    tick();
    io_.run();
    result_.seconds = std::chrono::duration<double>(last_sent_ - begin_).count();
    return std::move(result_);
  }

 private:
  // What is due goes out in bursts of a millisecond: a timer for each would cost more than the sending.
  void tick() {
    while (due_ < count_ && begin_ + step_ * due_ <= Clock::now()) ++due_, send_one();
    if (due_ == count_) return;
    timer_.expires_after(std::chrono::milliseconds{1});
    timer_.async_wait([this](Error) { tick(); });
  }

  void send_one() {
    Connection* connection = free_one();
    if (!connection) {
      ++result_.unsent;
      return;
    }
    last_sent_ = Clock::now();
    connection->sent_ms = steady_ms();
    connection->send([&](std::string& buffer) { numbers_[connection->index] = next_(buffer); });
  }

  Connection* free_one() {
    if (!idle_.empty()) {
      const auto index = idle_.back();
      idle_.pop_back();
      if (all_[index]->is_over()) all_[index] = make(index);
      return all_[index].get();
    }
    if (all_.size() == most_) return nullptr;
    all_.push_back(make(all_.size()));
    return all_.back().get();
  }

  std::unique_ptr<Connection> make(std::size_t index) {
    auto made = std::make_unique<Connection>(io_, port_, [this](Connection& c, int status) { answered(c, status); });
    made->index = index;
    return made;
  }

  void answered(Connection& connection, int status) {
    if (status >= 200 && status < 300) {
      result_.acknowledged.push_back(numbers_[connection.index]);
      result_.answer_ms.push_back(static_cast<float>(steady_ms() - connection.sent_ms));
    } else if (status == 503 || status == 429) {
      ++result_.asked_back;
    } else if (status == 0) {
      ++result_.cut;
    } else {
      ++result_.other;
      result_.other_status = status;
    }
    idle_.push_back(connection.index);
  }

  asio::io_context io_{1};
  const int port_;
  const std::size_t most_;
  const NumberedRequest& next_;
  Timer timer_{io_};
  const Clock::duration step_;
  const std::uint64_t count_;
  std::uint64_t due_ = 0;
  Clock::time_point begin_, last_sent_;
  std::vector<std::unique_ptr<Connection>> all_;
  std::vector<std::uint64_t> numbers_;  // of the request that each carries
  std::vector<std::size_t> idle_;
  FloodResult result_;
};

}  // namespace

FloodResult run_flood(int port, std::size_t connections, double per_second, double seconds,
                      const NumberedRequest& next) {
  return Flood(port, connections, per_second, seconds, next).run();
}

}  // namespace jackfield::bench
