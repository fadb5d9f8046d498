// Yardstick of CPU per message: a bare Beast server that reads a request and answers 200.
#pragma once

#include <memory>
#include <string>

#include "child.hpp"

namespace jackfield::bench {

// The whole program `jackfield_bench beast-server`: prints its port, runs until it is killed.
int run_beast_server();

// The same as a child, so that its CPU is its own.
struct BeastServer {
  explicit BeastServer(const std::string& folder);
  Child process;
  int port;
};

}  // namespace jackfield::bench
