// Answers that we asked for: before a message is routed, those who wait for one may take it. What nobody takes is an
// ordinary message. Each kind of question has its own file; this one says in which order they look.
#pragma once

#include <functional>
#include <optional>

#include "flow/environment.hpp"
#include "flow/thread.hpp"
#include "model/json.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

// What belongs to the conversation that asked, wherever it comes from.
struct Expected {
  Threaded where;                      // the conversation that it joins
  bool goes_on = false;                // it says more: it is routed like any message
  std::function<void(Message&)> take;  // once, after the message is stored and told, before it is routed
};

// Looked for before it is known which conversation the message joins, so that what is taken neither opens nor reopens
// one. Nothing: it is threaded like any message. Changes nothing unless it takes the message.
std::optional<Expected> expected_answer(store::Unit& unit, const Environment& env, const Channel& channel,
                                        const Inbound& message, Contact& contact, Time now);

// Looked for in the conversation that the message joined, which was there before it. True: it was an answer, and there
// is nothing to route.
bool take_expected_answer(store::Unit& unit, const Environment& env, Conversation& conversation, const Contact& contact,
                          const Message& message, Time now);

}  // namespace jackfield::flow
