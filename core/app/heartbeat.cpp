#include "app/heartbeat.hpp"

#include <atomic>

#include "net/io.hpp"
#include "store/committer.hpp"

namespace jackfield::app {

struct Heartbeat::Answers {
  std::atomic<bool> io{true}, committer{true};
};

Heartbeat::Heartbeat(net::IoContext& io, store::Committer& committer)
    : io_(io), committer_(committer), answers_(std::make_shared<Answers>()) {}

bool Heartbeat::beats() {
  if (refused_) ask_committer();
  if (!answers_->io || !answers_->committer) return false;
  answers_->io = answers_->committer = false;
  io_.post([answers = answers_] { answers->io = true; });
  ask_committer();
  return true;
}

// A queue that is full is no answer: it may be full because nobody works on it.
void Heartbeat::ask_committer() {
  auto command = store::command([](store::Unit&) -> Result<void> { return {}; },
                                [answers = answers_](const Result<void>&) { answers->committer = true; });
  refused_ = !committer_.submit(command);
}

}  // namespace jackfield::app
