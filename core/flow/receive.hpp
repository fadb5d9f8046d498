// Receive: one event of a connector, from its arrival to its place in the store. The inbound way reads here from top to
// bottom: identify → thread → classify and route → store, all in one transaction.
#pragma once

#include <string>

#include "flow/environment.hpp"
#include "flow/rules.hpp"
#include "model/json.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

// One event, with what could be found out before the transaction.
struct Arrival {
  std::string channel;  // after siblings were told apart
  Inbound event;
  Matches matches;
  std::string raw;      // the event's own JSON, kept when it cannot be received
  std::string refused;  // why the host cannot take it (schema, account); empty: it can
};

// What can be told of a message before the transaction: its language, where the channel does not say it, and what rules
// look for.
Matches look_at(const Environment& env, Content& content);

// What rules are tried on, but for the conversation. Refers to all that it is given.
Facts facts_of(store::Unit& unit, const Environment& env, const Channel& channel, const Arrival& arrival,
               const Contact& contact, Time now);

enum class Received : std::uint8_t { stored, duplicate, dead_letter };

// Decides over one event. Leaves the arrival as it is: it may be called again.
Result<Received> receive(store::Unit& unit, const Environment& env, const Arrival& arrival);

// The message that the event's own key names: it is a redelivery. Id{-1}: of an erased one.
Id known_message(store::Unit& unit, const Arrival& arrival);
// The provider's id finds the message (receipts, quotes); the stronger key, where there is one, keeps it from coming
// twice.
void bind_keys(store::Unit& unit, const Arrival& arrival, Id message);

// An edit, deletion or reaction whose message we do not hold.
bool speaks_of_nothing(store::Unit& unit, const Arrival& arrival);

// Keeps what cannot be received, raw, to be shown and replayed.
void keep_dead(store::Unit& unit, const Environment& env, const std::string& channel, const std::string& reason,
               const std::string& raw, bool undecodable);

}  // namespace jackfield::flow
