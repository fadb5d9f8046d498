// Messages of ours that were not written through Jackfield: an agent in the provider's own app. They are mirrored into
// the conversation; what Jackfield sent itself and the provider echoes is recognised, and nothing becomes of it.
#pragma once

#include "flow/receive.hpp"

namespace jackfield::flow {

// Whether an answer of a send that is under way may still tell that this is its echo.
enum class LateEcho : std::uint8_t { may_come, cannot_come };

// Recognised by its id, by our correlation, or by what it says while the like of it is being sent. Else, while anything
// is being sent to that person, it waits until that has ended, in a timer.
Received mirror(store::Unit& unit, const Environment& env, const Channel& channel, const Arrival& arrival,
                LateEcho late);

// The timer of such a one is due.
void mirror_late(store::Unit& unit, const Environment& env, store::Timer& timer);

}  // namespace jackfield::flow
