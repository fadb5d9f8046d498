#include <cmath>
#include <iostream>
#include <stdexcept>

#include "beast_server.hpp"
#include "daemon.hpp"
#include "load.hpp"
#include "measure.hpp"
#include "sqlite_loop.hpp"
#include "webhooks.hpp"

namespace jackfield::bench {
namespace {

constexpr std::uint64_t senders = 10'000;

struct Ingest {
  double per_second, cpu_us, per_commit, written_kib;
};

Ingest ingest(Daemon& daemon, Webhooks& webhooks, int connections, double seconds) {
  const Meter meter(daemon);
  const auto load =
      run_load(daemon.port(), connections, 0, seconds, [&](std::string& buffer) { webhooks.next(buffer); });
  const auto reading = meter.read();
  const auto accepted = static_cast<double>(load.accepted);
  if (load.refused > 0) std::cerr << "  " << load.refused << " webhooks were refused, as with " << load.refusal << '\n';
  if (std::abs(reading.received - accepted) > static_cast<double>(load.refused))
    throw std::runtime_error("acknowledged " + grouped(accepted) + " messages, stored " + grouped(reading.received));
  return {load.per_second(), reading.cpu_seconds * 1e6 / accepted, reading.received / reading.commits,
          reading.written_bytes / 1024 / accepted};
}

double bare_cpu_us(BeastServer& server, Webhooks& webhooks, double seconds) {
  const double before = server.process.cpu_seconds();
  const auto load = run_load(server.port, 128, 0, seconds, [&](std::string& buffer) { webhooks.next(buffer); });
  return (server.process.cpu_seconds() - before) * 1e6 / static_cast<double>(load.accepted);
}

}  // namespace

void measure_ingest(const Options& options, Table& table) {
  Webhooks webhooks(senders);
  Daemon daemon(options, {}, "ingest");
  BeastServer bare(options.folder);
  ingest(daemon, webhooks, 128, options.seconds);  // the contacts are made, the caches are warm
  std::vector<double> rates, loops, shares, cpu, bare_cpu, cpu_ratios, commits128, commits32, rates32, written;
  for (int i = 0; i < options.pairs; ++i) {
    loops.push_back(run_sqlite_loop(options.folder, options.seconds));
    const auto at128 = ingest(daemon, webhooks, 128, options.seconds);
    bare_cpu.push_back(bare_cpu_us(bare, webhooks, options.seconds / 2));
    const auto at32 = ingest(daemon, webhooks, 32, options.seconds);
    rates.push_back(at128.per_second);
    rates32.push_back(at32.per_second);
    shares.push_back(at128.per_second / loops.back());
    cpu.push_back(at128.cpu_us);
    cpu_ratios.push_back(at128.cpu_us / bare_cpu.back());
    written.push_back(at128.written_kib);
    commits128.push_back(at128.per_commit);
    commits32.push_back(at32.per_commit);
    std::cerr << "  pair " << i + 1 << ": " << rate(at128.per_second) << " at 128, " << rate(at32.per_second)
              << " at 32, loop " << rate(loops.back()) << ", " << decimal(at128.cpu_us, 1) << " µs, bare "
              << decimal(bare_cpu.back(), 1) << " µs\n";
  }
  const auto m = [](const std::vector<double>& values) { return median(values); };
  table.add({"durable ingest, 128 connections", rate(m(rates)), "SQLite loop " + rate(m(loops)), percent(shares),
             "≥ 20 % (aim 35 %)", m(shares) >= 0.20});
  table.add({"durable ingest, 32 connections", rate(m(rates32)), "–", "–", "–", true});
  table.add({"server CPU per durable routed message", decimal(m(cpu), 1) + " µs",
             "bare Beast " + decimal(m(bare_cpu), 1) + " µs", times(cpu_ratios), "≤ 6×", m(cpu_ratios) <= 6});
  table.add({"messages per commit, 32 connections", decimal(m(commits32), 1), "–", "–", "≥ 12", m(commits32) >= 12});
  table.add({"messages per commit, 128 connections", decimal(m(commits128), 1), "–", "–", "≥ 40", m(commits128) >= 40});
  table.note("Jackfield hands " + decimal(m(written), 1) + " KiB a message to the disk, log and database together.");
}

}  // namespace jackfield::bench
