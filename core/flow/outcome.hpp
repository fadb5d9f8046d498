// What an outcome of a send means for the message and its place in the outbox. Pure decisions over a unit.
#pragma once

#include "base/log.hpp"
#include "flow/environment.hpp"
#include "host/port.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

// When the entry is due again; Time{}: it left the outbox or is held.
Time apply_outcome(store::Unit& unit, const Environment& env, Id message, const host::SendResult& result);

// A send that may or may not have happened: held until a receipt or a person decides, or waiting again where the channel resends.
void mark_unknown(store::Unit& unit, const Environment& env, store::OutboxEntry& entry, const SendError& error);

// The deadline has passed without a send: dead.
void expire(store::Unit& unit, const Environment& env, store::OutboxEntry& entry);

// One row that cannot be read must not stop its channel: it is held, for a person, and the others go on.
template <class Work>
void or_hold(store::Unit& unit, store::OutboxEntry& entry, Work work) {
  try {
    work();
  } catch (const store::Failure& failure) {
    if (failure.error.code != Errc::corrupt) throw;
    log::error("flow", "message " + to_string(entry.message) + " cannot be read and is held: " + failure.error.message);
    entry.state = store::OutboxState::held;
    unit.changed(entry);
  }
}

}  // namespace jackfield::flow
