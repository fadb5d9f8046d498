// Whether the daemon still works: its io threads and its committer are asked, and both must have answered.
#pragma once

#include <memory>

namespace jackfield::net {
class IoContext;
}
namespace jackfield::store {
class Committer;
}

namespace jackfield::app {

// An answer is that a task was run; a commit that failed is one too, as a full disk does not get better by a restart.
// From one thread at a time.
class Heartbeat {
 public:
  Heartbeat(net::IoContext& io, store::Committer& committer);

  // Have both answered what was last asked? Asks again when they have. The first call only asks, and is true. Called
  // every few seconds; each asking is a command of the committer.
  bool beats();

 private:
  struct Answers;
  void ask_committer();

  net::IoContext& io_;
  store::Committer& committer_;
  std::shared_ptr<Answers> answers_;  // shared with the tasks, which may outlive this
  bool refused_ = false;              // the committer's queue was full when it was to be asked
};

}  // namespace jackfield::app
