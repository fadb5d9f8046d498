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

void ingest(Daemon& daemon, Webhooks& webhooks, std::uint64_t count) {
  const auto load = run_load(daemon.port(), 128, count, 0, [&](std::string& buffer) { webhooks.next(buffer); });
  if (load.refused > 0) throw std::runtime_error(std::to_string(load.refused) + " webhooks were refused");
}

// Once it does nothing any more.
double resident_at_rest(Daemon& daemon) {
  std::this_thread::sleep_for(std::chrono::seconds{2});
  return daemon.process().resident_mib();
}

std::string mib(double value) { return decimal(value, 1) + " MiB"; }

}  // namespace

void measure_memory(const Options& options, Table& table) {
  Configuration four;
  four.whatsapp_channels = four.mail_channels = 2;
  Daemon daemon(options, four, "memory");
  const double idle = resident_at_rest(daemon);
  Webhooks webhooks(options.messages / 10, 2);
  ingest(daemon, webhooks, options.messages);
  const double full = resident_at_rest(daemon);
  ingest(daemon, webhooks, options.messages / 5);
  const double later = resident_at_rest(daemon);
  const double store = daemon.store_mib();
  std::vector<double> starts;
  for (int i = 0; i < options.pairs; ++i) {
    daemon.restart();
    starts.push_back(daemon.start_seconds());
  }
  const std::string held = grouped(static_cast<double>(options.messages)) + " messages of " +
                           grouped(static_cast<double>(options.messages) / 10) + " contacts";
  table.add({"memory idle, four channels", mib(idle), "–", "–", "≤ 40 MB", idle <= 40e6 / 1048576});
  table.add({"memory after " + held, mib(full), "idle " + mib(idle), "+ " + mib(full - idle), "≤ + 64 MB",
             (full - idle) <= 64e6 / 1048576});
  table.add({"… and a fifth more", mib(later), "before " + mib(full),
             (later < full ? "– " : "+ ") + mib(later < full ? full - later : later - full), "flat (± 4 MB)",
             later - full <= 4e6 / 1048576});
  table.add({"start with that store to ready", decimal(median(starts), 2) + " s", "–", "–", "≤ 0.5 s",
             median(starts) <= 0.5});
  table.note("Memory is the resident set, two seconds after the last message; the store with " + held +
             " and a fifth more takes " + mib(store) + " on disk.");
}

}  // namespace jackfield::bench
