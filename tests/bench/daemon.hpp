// The real binary in a folder of its own.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "child.hpp"
#include "configuration.hpp"
#include "options.hpp"

namespace jackfield::bench {

// Of /metrics, by name with labels.
using Metrics = std::map<std::string, double>;

class Daemon {
 public:
  // Starts it with an empty store and waits until it is ready. Throws std::runtime_error when it does not come up.
  Daemon(const Options& options, const Configuration& configuration, const std::string& name);
  ~Daemon();  // ends it and removes the folder

  int port() const { return port_; }
  Child& process() const { return *process_; }
  double start_seconds() const { return start_seconds_; }  // from its exec to ready
  Metrics metrics() const;
  std::string get(const std::string& target) const;  // with the token; throws unless 200
  std::string store() const { return folder_ + "/jackfield.db"; }
  double store_mib() const;  // of its files
  void restart();            // stops in order, starts with the same store

 private:
  void start();
  void wait_until_ready();

  std::string binary_, folder_;
  std::unique_ptr<Child> process_;
  int port_ = 0;
  double start_seconds_ = 0;
};

// The daemon's own count of what it did between two moments, and what that cost.
class Meter {
 public:
  explicit Meter(Daemon& daemon);  // begins
  struct Reading {
    double commits, received, cpu_seconds, written_bytes;
  };
  Reading read() const;  // since the beginning

 private:
  Daemon& daemon_;
  Metrics metrics_;
  double cpu_seconds_, written_bytes_;
};

}  // namespace jackfield::bench
