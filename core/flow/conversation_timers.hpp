// Timers of a conversation: one of each kind, known by its id.
#pragma once

#include <string>

#include "flow/environment.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

// Sets it, or moves it.
void set_timer(store::Unit& unit, const Environment& env, store::TimerKind kind, const Conversation& conversation,
               Time at, std::string payload = {});
void drop_timer(store::Unit& unit, store::TimerKind kind, const Conversation& conversation);  // when there is one

}  // namespace jackfield::flow
