// A store with so many agents and so many who wait, and the daemon's own decisions over it, one at a time, in this
// process: what they cost is not hidden behind HTTP and the disk.
//
// Half of the agents serve five busy queues, three each, and have all the work they may have; who waits, waits there.
// The other half serve the quiet queue and have nothing to do.
#pragma once

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "flow/environment.hpp"
#include "store/store.hpp"

namespace jackfield::bench {

class ContactCentre {
 public:
  ContactCentre(const std::string& folder, int agents, int waiting);
  ~ContactCentre();

  // The costs of one round of decisions, in µs of CPU, in the order of kinds(). A round leaves the numbers as they are.
  std::vector<double> round();
  static const std::vector<std::string>& kinds();

 private:
  using Decision = std::function<void(store::Unit&)>;
  double decide(const Decision& decision);  // µs of this thread's CPU up to the written rows; the commit is not counted
  Id arrive(store::Unit& unit, int sender, const std::string& text);
  void fill(int agents, int waiting);
  void staff(const std::string& name, const std::vector<std::string>& skills);
  std::string agent_of(Id conversation);  // to whom it is offered; throws when to nobody
  std::string busy_agent();               // any

  FakeClock clock_;
  IdSource ids_;
  SeededRandom random_{7};
  std::mt19937 any_{7};
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<flow::Environment> environment_;
  std::vector<std::string> busy_;
  int senders_ = 0, messages_ = 0;
};

}  // namespace jackfield::bench
