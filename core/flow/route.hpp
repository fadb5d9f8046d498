// What it is about, which queue, how urgent: the rules applied to a message and its conversation, with the record of why.
#pragma once

#include "flow/environment.hpp"
#include "flow/rules.hpp"
#include "flow/thread.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

// Applies what the rules set; where they send to applies when the conversation is new, reopened or has no queue. Nothing matches
// or the rules fail: the first queue, with the error in the decision.
void route(store::Unit& unit, const Environment& env, const Channel& channel, const RulesOutcome& outcome,
           const Threaded& threaded, Contact& contact, const std::string& identified_how, const Message& message, Time now);

}  // namespace jackfield::flow
