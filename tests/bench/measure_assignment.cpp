#include <iostream>

#include "contact_centre.hpp"
#include "measure.hpp"

namespace jackfield::bench {
namespace {

constexpr int rounds = 40;  // of each centre, before its turn ends

struct Costs {
  explicit Costs(std::size_t kinds) : of(kinds) {}
  void add(const std::vector<double>& round) {
    for (std::size_t kind = 0; kind < round.size(); ++kind) of[kind].push_back(round[kind]);
  }
  std::vector<std::vector<double>> of;
};

Costs turn(ContactCentre& centre) {
  Costs out(ContactCentre::kinds().size());
  for (int i = 0; i < rounds; ++i) out.add(centre.round());
  return out;
}

std::string us(double value) { return decimal(value, 0) + " µs"; }

}  // namespace

void measure_assignment(const Options& options, Table& table) {
  const auto& kinds = ContactCentre::kinds();
  ContactCentre small(options.folder + "/centre-small", 10, 100);
  ContactCentre large(options.folder + "/centre-large", 10'000, options.waiting);
  std::cerr << "  both contact centres are there\n";
  Costs of_small(kinds.size()), of_large(kinds.size()), ratios(kinds.size());
  turn(small);
  turn(large);
  for (int i = 0; i < options.pairs; ++i) {
    const auto few = turn(small), many = turn(large);
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
      of_small.of[kind].push_back(median(few.of[kind]));
      of_large.of[kind].push_back(median(many.of[kind]));
      ratios.of[kind].push_back(of_large.of[kind].back() / of_small.of[kind].back());
    }
  }
  for (std::size_t kind = 0; kind < kinds.size(); ++kind)
    table.add({"decision: " + kinds[kind], us(median(of_large.of[kind])), us(median(of_small.of[kind])),
               times(ratios.of[kind]), "≤ 10×", median(ratios.of[kind]) <= 10});
  table.note(
      "Decisions: CPU of each, from its rows read to its rows written, over the daemon's own flow and store in one "
      "process and in a transaction of its own; left with 10,000 agents and " +
      grouped(options.waiting) + " waiting conversations, right with 10 and 100. The commit is not counted.");
}

}  // namespace jackfield::bench
