// What becomes of an answer: statuses that only move forward, receipts that come early, ids of the provider.
#pragma once

#include <string>
#include <vector>

#include "flow/environment.hpp"
#include "model/json.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

// Moves the status when the new one is greater (promise 5) and writes the event; failed makes a dead letter, and what comes after
// failed settles it. False: it was not greater, nothing changed.
bool advance(store::Unit& unit, const Environment& env, Message& message, Status status, Time at, const SendError* error,
             const std::string& source);

// Its dead letter: one a message, under the message's id, so that it is found again when the message is settled.
void keep_dead_letter(store::Unit& unit, const Message& message, const SendError* error, Time now);

// Remembers why a try failed; of many the newest, since the last says what became of it.
// A refusal because they opted out is remembered of the address.
void note_error(store::Unit& unit, const Environment& env, Message& message, SendError error);

// It cannot be sent. Where a receipt has moved the status past failed already (an earlier part of it arrived), the status stays,
// and the dead letter and an event say that not all of it went.
void fail_message(store::Unit& unit, const Environment& env, Message& message, SendError error, const std::string& source);

// A message that had failed goes on: its dead letter is done with.
void settle_dead_letter(store::Unit& unit, Id message, Time now);

// Remembers the provider's ids of a message of ours, and applies the receipts that came before them.
void bind_ids(store::Unit& unit, const Environment& env, Message& message, const std::vector<std::string>& provider_ids);

// A receipt: applied to the message it speaks of, or parked until that is known.
void track_receipt(store::Unit& unit, const Environment& env, const Channel& channel, const Inbound& receipt, Time now);

}  // namespace jackfield::flow
