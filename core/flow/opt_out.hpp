// Who wants no messages over a channel. Kept with the contact's address, durably, until they say otherwise.
#pragma once

#include <string>

#include "flow/environment.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

// The one that stands against a message to that address; null: none. A person's business-scoped id and number are one
// recipient, so that one of them stands for the other; two numbers are two.
const OptOut* opt_out_of(const Contact& contact, const Channel& channel, const Address& to);

// The last word counts, by the time at which it was said: one that comes late, after a younger one, changes nothing (of
// two in the same second the one that comes later counts). Nothing changes either when the contact does not have the
// address.
void opt_out(store::Unit& unit, const Environment& env, Contact& contact, const Address& address, OptOut said);
void opt_in(store::Unit& unit, const Environment& env, Contact& contact, const Address& address,
            const std::string& channel, Time at);

// What a channel told of a contact, for those who follow the log; data: more members of the event's, each with its
// comma.
void tell_contact(store::Unit& unit, const Environment& env, const Contact& contact, const std::string& channel,
                  const std::string& data);

}  // namespace jackfield::flow
