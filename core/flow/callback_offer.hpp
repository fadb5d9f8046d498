// A callback that a rule offers, and what the customer answers.
//
// An offer is an automatic answer and keeps to its rules: never to automatic mail, never twice in a row, within the
// channel's rules. It stands until a person of ours answers, until it lapses, or until the last of its slots is over. A
// slot that was offered is kept: it is a promise, also when others took its room meanwhile.
#pragma once

#include <string>

#include "flow/environment.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

// Offers it in the conversation. Why not, when it does not: for the decision's record.
std::string offer_callback(store::Unit& unit, const Environment& env, Conversation& conversation,
                           const Contact& contact, const Message& message, const RuleSpec& rule, Time now);

// What a message answers to an offer: one of the choices, by its button, its number ("2", "2."), or a yes to the only
// one; beside it or alone (then the first is meant) the number to call.
struct OfferAnswer {
  std::size_t choice = 0;  // from 0
  std::string number;      // "tel:+…"; empty: the one that was offered
};
std::optional<OfferAnswer> read_offer_answer(const Content& content, std::size_t choices);

// True: the message takes it up; the callback is scheduled.
bool take_offered_callback(store::Unit& unit, const Environment& env, Conversation& conversation,
                           const Contact& contact, const Message& message, Time now);

}  // namespace jackfield::flow
