// The committer: one thread that takes what commands wait, runs them as one transaction and wakes who waits.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "store/command.hpp"

namespace jackfield::store {

// What a commit did, for those who follow it. Told on the committer thread after finished() of its commands, but for
// what on_tokens() is told.
struct Committed {
  std::int64_t last_cursor = 0;            // 0: no event in it
  std::vector<std::string> outbox_channels;  // whose outbox changed
  Time earliest_timer{};
  bool tokens_changed = false;  // of the API
};

inline constexpr Millis kSlowCommit{1000};

struct CommitterLimits {
  std::size_t group = 512;                    // commands a transaction
  std::size_t waiting = 8192;                 // commands that wait
  std::size_t waiting_bytes = 64 * 1024 * 1024;
};

struct CommitterStats {
  std::uint64_t commits = 0, commands = 0, failures = 0, retried_alone = 0, waiting = 0;
  std::uint64_t slow_commits = 0;  // took over kSlowCommit: as a rule the disk
  double commit_seconds = 0;       // all transactions together, by the steady clock
  std::string last_error;  // empty: the last commit went through
};

class Committer {
 public:
  using Listener = std::function<void(const Committed&)>;

  // The backend must outlive it. Starts its thread.
  Committer(Backend& backend, CommitterLimits limits = {});
  ~Committer();  // stop()

  void on_commit(Listener listener);  // any thread; hears of the groups that are committed from then on
  // The same, when tokens changed: told before finished() of the commands, so that who is answered that a token is gone
  // can rely on it. One listener.
  void on_tokens(std::function<void()> listener);

  // [any thread] False: too much waits, the command is given back untouched by not being taken.
  bool submit(std::unique_ptr<Command>& command);
  // The same for those who can only say "busy": finished(Errc::busy) is called at once on this thread.
  void submit_or_refuse(std::unique_ptr<Command> command);
  // [any thread but the committer's] Runs one and waits. For start-up, tests and rare work.
  Result<void> run(std::function<Result<void>(Unit&)> decide);

  void stop();  // commits what waits, then ends the thread; safe twice
  CommitterStats stats() const;
  bool writable() const;  // did the last commit go through?

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace jackfield::store
