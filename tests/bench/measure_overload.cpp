#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <thread>

#include "daemon.hpp"
#include "flood.hpp"
#include "load.hpp"
#include "measure.hpp"
#include "webhooks.hpp"

namespace jackfield::bench {
namespace {

// More than the daemon holds open for a channel (512), fewer than the connections it takes (1,024).
constexpr std::size_t connections = 1000;
// Providers want under 1 % over a second, and give up after ten.
constexpr double p99_ms = 1000, worst_ms = 10'000, growth_mib = 16;

// The resident set, looked at while something else goes on.
class MemoryWatch {
 public:
  explicit MemoryWatch(const Daemon& daemon) : thread_([this, &daemon] { watch(daemon); }) {}
  ~MemoryWatch() { end(); }

  void end() {
    over_ = true;
    if (thread_.joinable()) thread_.join();
  }
  // The most seen in a part of the time, from 0 to 1. After end().
  double most(double from, double to) const {
    const auto at = [&](double part) {
      return seen_.begin() + static_cast<long>(part * static_cast<double>(seen_.size()));
    };
    return *std::max_element(at(from), std::max(at(to), at(from) + 1));
  }

 private:
  void watch(const Daemon& daemon) {
    do {
      seen_.push_back(daemon.process().resident_mib());
      std::this_thread::sleep_for(std::chrono::milliseconds{100});
    } while (!over_);
  }

  std::atomic<bool> over_{false};
  std::vector<double> seen_;
  std::thread thread_;
};

// Of the numbers, those that no stored message has. Reads the store itself: this is a check, not a use of the API.
std::uint64_t missing_in(const std::string& store, std::uint64_t first, const std::vector<std::uint64_t>& numbers) {
  sqlite3* opened = nullptr;
  const int failed = sqlite3_open_v2(store.c_str(), &opened, SQLITE_OPEN_READONLY, nullptr);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> db(opened, sqlite3_close);
  sqlite3_stmt* prepared = nullptr;
  if (failed || sqlite3_prepare_v2(opened, "SELECT track FROM messages", -1, &prepared, nullptr) != SQLITE_OK)
    throw std::runtime_error("the store cannot be read: " + std::string(sqlite3_errmsg(opened)));
  const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> rows(prepared, sqlite3_finalize);
  std::vector<bool> stored(Webhooks::next_number() - first);
  while (sqlite3_step(prepared) == SQLITE_ROW) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(prepared, 0));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(prepared, 0));
    const auto number = Webhooks::number_in({text, size});
    if (number >= static_cast<std::int64_t>(first)) stored.at(static_cast<std::uint64_t>(number) - first) = true;
  }
  return static_cast<std::uint64_t>(
      std::count_if(numbers.begin(), numbers.end(), [&](auto number) { return !stored.at(number - first); }));
}

double quantile(const std::vector<float>& sorted, double part) {
  return static_cast<double>(sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))]);
}

std::string mib(double value) { return decimal(value, 1) + " MiB"; }
std::string count(std::uint64_t whole) { return grouped(static_cast<double>(whole)); }

}  // namespace

void measure_overload(const Options& options, Table& table) {
  Webhooks webhooks(10'000);
  Daemon daemon(options, {}, "overload");
  const auto post = [&](std::string& buffer) { webhooks.next(buffer); };
  run_load(daemon.port(), 128, 0, options.seconds, post);  // the contacts are made, the caches are warm
  const double sustained = run_load(daemon.port(), 128, 0, options.seconds, post).per_second();

  const auto first = Webhooks::next_number();
  const Meter meter(daemon);
  MemoryWatch memory(daemon);
  auto flood = run_flood(daemon.port(), connections, 2 * sustained, options.flood_seconds, [&](std::string& buffer) {
    const auto number = Webhooks::next_number();
    webhooks.next(buffer);
    return number;
  });
  memory.end();
  if (flood.acknowledged.empty()) throw std::runtime_error("nothing was accepted");
  const double received = meter.read().received;
  daemon.process().stop();
  const auto missing = missing_in(daemon.store(), first, flood.acknowledged);
  std::sort(flood.answer_ms.begin(), flood.answer_ms.end());
  const double slowest = static_cast<double>(flood.answer_ms.back());

  const double taken = static_cast<double>(flood.acknowledged.size()) / flood.seconds;
  const double offered = static_cast<double>(flood.offered()) / flood.seconds;
  const auto answered_otherwise = flood.cut + flood.other;
  table.add({"overload, " + decimal(options.flood_seconds, 0) + " s: accepted of " + rate(offered) + " offered",
             rate(taken), "sustained before " + rate(sustained), decimal(100 * taken / sustained, 0) + " %",
             "the rest is answered 503 or 429", answered_otherwise == 0 && flood.asked_back > 0});
  table.add({"… acknowledged and not stored", count(missing), count(flood.acknowledged.size()) + " acknowledged", "–",
             "none", missing == 0 && received >= static_cast<double>(flood.acknowledged.size())});
  const double early = memory.most(0, 0.25), late = memory.most(0.75, 1);
  table.add({"… memory in its last quarter", mib(late), "in its first " + mib(early),
             (late < early ? "– " : "+ ") + mib(late < early ? early - late : late - early),
             "flat (+ " + decimal(growth_mib, 0) + " MiB at most)", late - early <= growth_mib});
  table.add({"… answer to what is accepted",
             "p50 " + decimal(quantile(flood.answer_ms, 0.5), 0) + " ms, p99 " +
                 decimal(quantile(flood.answer_ms, 0.99), 0) + " ms, slowest " + decimal(slowest, 0) + " ms",
             "–", "–", "bounded (99 % in 1 s, all in 10 s)",
             quantile(flood.answer_ms, 0.99) <= p99_ms && slowest <= worst_ms});
  table.note("Overload: twice the sustained rate on up to " + count(connections) +
             " connections; of what was offered " + count(flood.asked_back) + " were answered 503 or 429, " +
             count(flood.cut) + " had their connection cut, " + count(flood.other) + " got another answer" +
             (flood.other ? " (" + std::to_string(flood.other_status) + ")" : "") + "; " + count(flood.unsent) +
             " more were due while all connections waited. Each acknowledged id is then looked for in the store; the "
             "daemon's own count grew by " +
             grouped(received) + ".");
}

}  // namespace jackfield::bench
