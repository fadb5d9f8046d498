// Automatic answers: what a rule says at once, in the customer's language, within the channel's rules. Never to
// automatic mail, and never twice in a row: after one of ours a person must have answered before there is another.
#pragma once

#include <map>
#include <string>

#include "flow/environment.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

// By language ("" is for all that have none of their own).
using Texts = std::map<std::string, std::string>;

// The text for that language: itself, its main part ("pt" for "pt-BR"), "", else the first.
const std::string& text_for(const Texts& texts, std::string_view language);

// Puts in what stands in braces: {name}, {first_name}, {queue}, {wait} (how long it may take), {opens_at} (the queue's
// next opening), and attributes of the contact by their names. What is not known is left out.
std::string filled_in(store::Unit& unit, const Environment& env, std::string_view text,
                      const Conversation& conversation, const Contact& contact, Time now);

// Answers the message in the conversation. Why not, when it does not: for the decision's record.
std::string answer_automatically(store::Unit& unit, const Environment& env, Conversation& conversation,
                                 const Contact& contact, const Message& message, const Texts& texts,
                                 const std::string& author, Time now);

}  // namespace jackfield::flow
