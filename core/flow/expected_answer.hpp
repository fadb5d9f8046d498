// Answers that we asked for: before a message is routed, those who wait for one may take it. What nobody takes is an
// ordinary message.
#pragma once

#include "flow/environment.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

// True: it was an answer, and there is nothing to route. The message is stored and in its conversation, which was there
// before it.
bool take_expected_answer(store::Unit& unit, const Environment& env, Conversation& conversation, const Contact& contact,
                          const Message& message, Time now);

}  // namespace jackfield::flow
