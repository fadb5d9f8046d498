#include <iostream>
#include <stdexcept>

#include "daemon.hpp"
#include "load.hpp"
#include "measure.hpp"
#include "webhooks.hpp"

namespace jackfield::bench {
namespace {

constexpr double least = 0.80;

struct Side {
  Side(const Options& options, const std::string& binary, const std::string& name)
      : daemon(with(options, binary), {}, name) {}

  static Options with(Options options, const std::string& binary) {
    options.binary = binary;
    return options;
  }

  void run(Webhooks& webhooks, double seconds) {
    const Meter meter(daemon);
    const auto load = run_load(daemon.port(), 128, 0, seconds, [&](std::string& buffer) { webhooks.next(buffer); });
    if (load.accepted == 0) throw std::runtime_error("no webhook was accepted");
    rates.push_back(load.per_second());
    cpu.push_back(meter.read().cpu_seconds * 1e6 / static_cast<double>(load.accepted));
  }

  Daemon daemon;
  std::vector<double> rates, cpu;
};

}  // namespace

void measure_against(const Options& options, Table& table) {
  if (options.against.empty()) return;
  Webhooks webhooks(10'000);
  Side now(options, options.binary, "now"), then(options, options.against, "then");
  for (Side* side : {&now, &then}) {
    side->run(webhooks, options.seconds);  // the contacts are made, the caches are warm
    side->rates.clear();
    side->cpu.clear();
  }
  std::vector<double> ratios, cpu_ratios;
  for (int i = 0; i < options.pairs; ++i) {
    // Who is first changes, so that what comes and goes on the machine favours none.
    (i % 2 ? now : then).run(webhooks, options.seconds);
    (i % 2 ? then : now).run(webhooks, options.seconds);
    ratios.push_back(now.rates.back() / then.rates.back());
    cpu_ratios.push_back(now.cpu.back() / then.cpu.back());
    std::cerr << "  pair " << i + 1 << ": " << rate(now.rates.back()) << " (" << decimal(now.cpu.back(), 1) << " µs), "
              << options.against_name << ' ' << rate(then.rates.back()) << " (" << decimal(then.cpu.back(), 1)
              << " µs)\n";
  }
  table.add({"the whole way beside " + options.against_name + ", 128 connections", rate(median(now.rates)),
             rate(median(then.rates)), percent(ratios), "≥ " + decimal(least * 100, 0) + " %",
             median(ratios) >= least});
  table.add({"… server CPU per message", decimal(median(now.cpu), 1) + " µs", decimal(median(then.cpu), 1) + " µs",
             times(cpu_ratios), "–", true});
}

}  // namespace jackfield::bench
