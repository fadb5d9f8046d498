// What is measured and how long; filled in by main.cpp.
#pragma once

#include <cstdint>
#include <string>

namespace jackfield::bench {

struct Options {
  std::string binary;                 // the daemon
  std::string against, against_name;  // another daemon, of another commit; empty: none
  std::string folder;                 // for stores, on the disk that is to be measured
  int pairs = 5;                      // of each row, yardstick and Jackfield in turn
  double seconds = 2;                 // of one measurement
  double flood_seconds = 60;          // of the overload
  int waiting = 100'000;              // of the larger contact centre
  std::uint64_t messages = 200'000;   // of the memory row, ten a contact
};

}  // namespace jackfield::bench
