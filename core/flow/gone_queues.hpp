// Queues that a changed configuration has no more: nobody is asked for what waits there, so it goes to the first queue.
#pragma once

#include "flow/environment.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

// Of a conversation that waits: into the first queue, with its age, when its own is no more. settle() calls it.
void leave_gone_queue(store::Unit& unit, const Environment& env, Conversation& conversation, Time now);

// All that wait in such queues, at most that many of each class; true: there are more. Keeps which queues there were.
bool empty_gone_queues(store::Unit& unit, const Environment& env, std::size_t most);

}  // namespace jackfield::flow
