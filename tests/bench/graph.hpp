// A stand-in for Meta's Graph API that only counts what it takes: cheaper than `jackfield simulate whatsapp`, which
// would be the bottleneck of the replies row.
#pragma once

#include <cstdint>
#include <memory>

namespace jackfield::bench {

class Graph {
 public:
  Graph();
  ~Graph();

  int port() const;
  std::uint64_t taken() const;
  double last_taken_ms() const;  // steady clock

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace jackfield::bench
