// Runs the command that prints an access token. Blocks: for the offload. In a process of its own a connector may not
// start programs, and this says so.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace jackfield::email {

struct CommandResult {
  std::string output;   // white space around it taken off
  std::string problem;  // why there is none, for people; never what the command wrote
};

// program and arguments, no shell. Its errors go nowhere; it is killed at the time-out, or past 64 KiB.
CommandResult run_token_command(const std::vector<std::string>& command, std::int64_t timeout_ms);

}  // namespace jackfield::email
