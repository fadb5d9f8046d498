#include <signal.h>

#include <chrono>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "daemon.hpp"
#include "load.hpp"
#include "measure.hpp"
#include "webhooks.hpp"

namespace jackfield::bench {
namespace {

struct Rate {
  double per_second, cpu_us;
};

Rate ingest(Daemon& daemon, Webhooks& webhooks, double seconds) {
  const double before = daemon.process().cpu_seconds_with_children();
  const auto load = run_load(daemon.port(), 128, 0, seconds, [&](std::string& buffer) { webhooks.next(buffer); });
  if (load.accepted == 0) throw std::runtime_error("no webhook was accepted");
  const double cpu = daemon.process().cpu_seconds_with_children() - before;
  return {load.per_second(), cpu * 1e6 / static_cast<double>(load.accepted)};
}

void measure_rates(const Options& options, Table& table) {
  Webhooks webhooks(10'000);
  Configuration isolated;
  isolated.isolated = true;
  Daemon inside(options, {}, "in-process"), outside(options, isolated, "isolated");
  ingest(inside, webhooks, options.seconds);
  ingest(outside, webhooks, options.seconds);
  std::vector<double> of_inside, of_outside, ratios, cpu_inside, cpu_outside, cpu_ratios;
  for (int i = 0; i < options.pairs; ++i) {
    const auto in = ingest(inside, webhooks, options.seconds), out = ingest(outside, webhooks, options.seconds);
    of_inside.push_back(in.per_second);
    of_outside.push_back(out.per_second);
    ratios.push_back(out.per_second / in.per_second);
    cpu_inside.push_back(in.cpu_us);
    cpu_outside.push_back(out.cpu_us);
    cpu_ratios.push_back(out.cpu_us / in.cpu_us);
    std::cerr << "  pair " << i + 1 << ": " << rate(out.per_second) << " isolated (" << decimal(out.cpu_us, 1)
              << " µs), " << rate(in.per_second) << " in process (" << decimal(in.cpu_us, 1) << " µs)\n";
  }
  table.add({"ingest through an isolated connector", rate(median(of_outside)), "in process " + rate(median(of_inside)),
             percent(ratios), "≥ 60 %", median(ratios) >= 0.60});
  table.add({"… server CPU per message, both processes", decimal(median(cpu_outside), 1) + " µs",
             "in process " + decimal(median(cpu_inside), 1) + " µs", times(cpu_ratios), "–", true});
}

bool is_answered(const Daemon& daemon, Webhooks& webhooks) {
  return run_load(daemon.port(), 1, 1, 0, [&](std::string& buffer) { webhooks.next(buffer); }).accepted == 1;
}

// From the killing of the connector's process to the first webhook answered 200, in seconds.
double recovery(const Daemon& daemon, Webhooks& webhooks) {
  if (!is_answered(daemon, webhooks)) throw std::runtime_error("a webhook was refused before the crash");
  const auto children = daemon.process().children();
  if (children.size() != 1) throw std::runtime_error("the daemon has no connector's process, or several");
  const double begin = steady_ms();
  kill(children.front(), SIGKILL);
  // What the old process answered in its last instant proves nothing.
  while (daemon.process().children() == children) std::this_thread::sleep_for(std::chrono::microseconds{200});
  while (!is_answered(daemon, webhooks)) {
    if (steady_ms() - begin > 30'000) throw std::runtime_error("the connector did not come back");
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return (steady_ms() - begin) / 1000;
}

void measure_recovery(const Options& options, Table& table) {
  constexpr int crashes = 12;
  Configuration isolated;
  isolated.isolated = true;
  Webhooks webhooks(1000);
  std::vector<double> starts, took;
  for (int i = 0; i < crashes; ++i) {
    Daemon daemon(options, isolated, "crash" + std::to_string(i));
    starts.push_back(daemon.start_seconds());
    took.push_back(recovery(daemon, webhooks));
  }
  const double worst = *std::max_element(took.begin(), took.end());
  table.add({"a connector's crash to the next webhook answered 200",
             decimal(median(took), 2) + " s, worst " + decimal(worst, 2) + " s",
             "start of the daemon " + decimal(median(starts), 2) + " s", "–", "< 1 s", worst < 1});
  table.note(
      "The crash is a kill -9 of the connector's process while webhooks go on being posted, " +
      std::to_string(crashes) +
      " times, each in a daemon of its own: before the first restart of a connector within ten minutes the host "
      "waits 50 to 100 ms, before each further one twice as long, and after the fifth crash a person must start it.");
}

}  // namespace

void measure_isolation(const Options& options, Table& table) {
  measure_rates(options, table);
  measure_recovery(options, table);
}

}  // namespace jackfield::bench
