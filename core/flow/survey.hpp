// Satisfaction: once a conversation that a person answered is closed, the customer is asked how it was, and the score
// is read from their answer, on whichever of their channels it comes.
//
// Asked once, over the channel of the last inbound message, by a timer that outlives a restart. Not asked: in public;
// of a machine; after an automatic answer that no person followed; of somebody asked not long ago or in the middle of
// another matter; where the reply window is closed or they want no messages. The decision's record says why not.
#pragma once

#include <optional>

#include "flow/environment.hpp"
#include "flow/expected_answer.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

// It was closed just now: asks later, where its queue asks.
void ask_later(store::Unit& unit, const Environment& env, const Conversation& conversation);
// A timer of kind survey is due; it is removed.
void ask_now(store::Unit& unit, const Environment& env, store::Timer& timer, Time now);

// A score that is waited for. What surely answers a question of ours (a choice made, a quote, a reply to the mail)
// belongs to that one; else the newest question to that contact whose conversation is still closed, unless another open
// conversation would get the message.
std::optional<Expected> expected_score(store::Unit& unit, const Environment& env, const Channel& channel,
                                       const Inbound& message, const Contact& contact, Time now);

}  // namespace jackfield::flow
