// What a channel tells of a person without a message: other addresses, whether they want messages, that they are
// writing.
#pragma once

#include "flow/receive.hpp"

namespace jackfield::flow {

// Addresses join the contact with their evidence; replaced ones stand for nobody from then on, and answers go to what
// came in their place. Never makes a conversation, and a contact only for an opt-out.
Received receive_contact(store::Unit& unit, const Environment& env, const Channel& channel, const Arrival& arrival);

// An event of the log, when there is a conversation that is not closed.
Received receive_typing(store::Unit& unit, const Environment& env, const Channel& channel, const Arrival& arrival);

}  // namespace jackfield::flow
