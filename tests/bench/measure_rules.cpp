#include <iostream>

#include "daemon.hpp"
#include "load.hpp"
#include "measure.hpp"
#include "webhooks.hpp"

namespace jackfield::bench {
namespace {

double per_second(Daemon& daemon, Webhooks& webhooks, double seconds) {
  return run_load(daemon.port(), 128, 0, seconds, [&](std::string& buffer) { webhooks.next(buffer); }).per_second();
}

}  // namespace

void measure_rules(const Options& options, Table& table) {
  Webhooks webhooks(10'000);
  Configuration few, many;
  few.rules = 10;
  many.rules = 1000;
  Daemon with_few(options, few, "rules-10"), with_many(options, many, "rules-1000");
  per_second(with_few, webhooks, options.seconds);
  per_second(with_many, webhooks, options.seconds);
  std::vector<double> of_few, of_many, ratios;
  for (int i = 0; i < options.pairs; ++i) {
    of_few.push_back(per_second(with_few, webhooks, options.seconds));
    of_many.push_back(per_second(with_many, webhooks, options.seconds));
    ratios.push_back(of_many.back() / of_few.back());
    std::cerr << "  pair " << i + 1 << ": " << rate(of_few.back()) << " with 10 rules, " << rate(of_many.back())
              << " with 1,000\n";
  }
  table.add({"ingest with 1,000 routing rules", rate(median(of_many)), "10 rules " + rate(median(of_few)),
             percent(ratios), "≥ 90 %", median(ratios) >= 0.90});
  table.note(
      "Of the rules none but the last matches; they are of seven kinds: words, RE2, attribute of the contact, address "
      "and words, language, hours, and how many wait in the queue that all of them go to.");
}

}  // namespace jackfield::bench
