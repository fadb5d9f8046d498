#include <algorithm>
#include <iostream>
#include <stdexcept>

#include "daemon.hpp"
#include "follower.hpp"
#include "load.hpp"
#include "measure.hpp"
#include "webhooks.hpp"

namespace jackfield::bench {
namespace {

constexpr double per_second = 1000;

double quantile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

struct Latency {
  std::vector<double> acknowledged, followed;  // ms since it was due
};

Latency latency(Daemon& daemon, Webhooks& webhooks, double seconds) {
  const auto count = static_cast<std::size_t>(per_second * seconds);
  Follower follower(daemon.port(), Webhooks::next_number(), count);
  const auto paced =
      run_paced(daemon.port(), 32, per_second, seconds, [&](std::string& buffer) { webhooks.next(buffer); });
  const auto arrivals = follower.arrivals();
  Latency out;
  for (std::size_t i = 0; i < count; ++i) {
    if (paced.answer_ms[i] < 0) throw std::runtime_error("a webhook was refused at 1,000/s");
    if (arrivals[i] == 0) throw std::runtime_error("an acknowledged message never came to the WebSocket");
    out.acknowledged.push_back(paced.answer_ms[i]);
    out.followed.push_back(arrivals[i] - paced.sent_at[i]);
  }
  return out;
}

std::string both(double p50, double p99) { return "p50 " + decimal(p50, 2) + " ms, p99 " + decimal(p99, 2) + " ms"; }

}  // namespace

void measure_latency(const Options& options, Table& table) {
  Webhooks webhooks(10'000);
  Daemon daemon(options, {}, "latency");
  latency(daemon, webhooks, 1);
  std::vector<double> ack50, ack99, event50, event99, more;
  for (int i = 0; i < options.pairs; ++i) {
    const auto run = latency(daemon, webhooks, options.seconds);
    ack50.push_back(quantile(run.acknowledged, 0.5));
    ack99.push_back(quantile(run.acknowledged, 0.99));
    event50.push_back(quantile(run.followed, 0.5));
    event99.push_back(quantile(run.followed, 0.99));
    more.push_back(event50.back() - ack50.back());
    std::cerr << "  pair " << i + 1 << ": ack " << both(ack50.back(), ack99.back()) << "; event "
              << both(event50.back(), event99.back()) << '\n';
  }
  table.add({"webhook to event on a WebSocket at 1,000/s", both(median(event50), median(event99)),
             "its own ack " + both(median(ack50), median(ack99)), "+ " + decimal(median(more), 2) + " ms at p50",
             "≤ + 0.5 ms at p50", median(more) <= 0.5});
}

}  // namespace jackfield::bench
