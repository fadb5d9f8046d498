// A child process: its standard output line by line, what it costs.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace jackfield::bench {

class Child {
 public:
  // Standard error goes to the file. Throws std::runtime_error when it cannot be started.
  Child(const std::vector<std::string>& arguments, const std::string& error_file);
  ~Child();  // ends it at once if it still runs
  Child(const Child&) = delete;

  std::string line();  // of its standard output; waits. Throws when the output has ended
  double cpu_seconds() const;
  double cpu_seconds_with_children() const;  // of those that run
  std::vector<pid_t> children() const;       // that run; zombies as well
  double resident_mib() const;
  double written_bytes() const;  // handed to the disk
  pid_t pid() const { return pid_; }
  void stop();  // SIGTERM, and waits

 private:
  double reading(const std::string& file, const std::string& name) const;

  pid_t pid_ = -1;
  int output_ = -1;
  std::string read_;
};

}  // namespace jackfield::bench
