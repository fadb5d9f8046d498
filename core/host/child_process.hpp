// Runs a short-lived child process with bounds on time and output.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"

namespace jackfield::host {

struct ChildResult {
  bool started = false;
  bool timed_out = false;  // and was killed
  int exit_status = -1;    // -1 unless it ended by itself
  int signal = 0;          // that ended it
  std::string output;      // standard output, its first max_output bytes
};

// Blocks until the child has ended or been killed. The child has no descriptor but 0, 1 and 2; its standard error goes
// nowhere. With pipe_input its standard input is a pipe with input, else /dev/null.
ChildResult run_child(const std::vector<std::string>& command, Millis time_limit, std::size_t max_output,
                      bool pipe_input = false, const std::string& input = {});

struct Spawned {
  int pid = -1;     // -1: it could not be started, errno says why
  int socket = -1;  // the caller's end of the child's descriptor 3
  int output = -1;  // what it writes to standard output and error
};

// Starts this program again with those arguments (the first is its name), in a group of its own, with descriptors 0
// (/dev/null), 1, 2 and 3 and no others, and an environment that holds nothing of this process's.
Spawned spawn_isolated(const std::vector<std::string>& arguments);

}  // namespace jackfield::host
