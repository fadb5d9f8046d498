// The one way to change state: a command that runs in a transaction and yields events. HTTP handlers, timers,
// connectors and receipts all use it; nothing else writes.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "base/result.hpp"
#include "store/unit.hpp"

namespace jackfield::store {

class Command {
 public:
  virtual ~Command() = default;

  // Decides, reading and changing nothing but the unit. Committer thread. May be called again from the
  // start, with a fresh unit, when the group it was in could not be committed; so it must leave its own
  // inputs alone. An Error refuses the command: it must not have changed the unit by then.
  virtual Result<void> decide(Unit& unit) = 0;

  // How it ended, once: after the commit is on disk, or with the refusal or failure. Committer thread; must
  // not block or throw. Errc::unavailable: nothing of it is stored, come back.
  virtual void finished(const Result<void>& outcome) noexcept = 0;

  virtual std::size_t weight() const { return 1024; }  // bytes it keeps while it waits
};

// A command of two lambdas.
std::unique_ptr<Command> command(std::function<Result<void>(Unit&)> decide,
                                 std::function<void(const Result<void>&)> finished);

}  // namespace jackfield::store
