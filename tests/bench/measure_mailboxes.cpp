#include <chrono>
#include <stdexcept>
#include <thread>

#include "daemon.hpp"
#include "imap_stub.hpp"
#include "measure.hpp"

namespace jackfield::bench {
namespace {

constexpr int folders = 200;
constexpr double most_kib = 64;

// Once each of its folders waits for news.
double resident_with(const Options& options, int count) {
  ImapStub server;
  Configuration configuration;
  configuration.imap_port = server.port();
  configuration.folders = count;
  Daemon daemon(options, configuration, "mailboxes" + std::to_string(count));
  for (int i = 0; server.idle() < count; ++i) {
    if (i == 1000) throw std::runtime_error("not all folders are followed");
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  std::this_thread::sleep_for(std::chrono::seconds{2});
  return daemon.process().resident_mib();
}

}  // namespace

void measure_mailboxes(const Options& options, Table& table) {
  const double one = resident_with(options, 1), all = resident_with(options, folders + 1);
  const double each = (all - one) * 1024 / folders;
  table.add({"memory per IMAP connection that waits", decimal(each, 1) + " KiB", "–", "–",
             "≤ " + decimal(most_kib, 0) + " KiB", each <= most_kib});
}

}  // namespace jackfield::bench
