#include "flow/expected_answer.hpp"

#include "flow/callback_offer.hpp"

namespace jackfield::flow {

bool take_expected_answer(store::Unit& unit, const Environment& env, Conversation& conversation, const Contact& contact,
                          const Message& message, Time now) {
  // Questions are asked automatically, and what a person of ours says ends them: so most messages are told apart here.
  if (!conversation.work.answered_by_rule || !message.content.automatic.empty()) return false;
  return take_offered_callback(unit, env, conversation, contact, message, now);
}

}  // namespace jackfield::flow
