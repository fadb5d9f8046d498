#include "flow/expected_answer.hpp"

#include "flow/callback_offer.hpp"
#include "flow/survey.hpp"

namespace jackfield::flow {

std::optional<Expected> expected_answer(store::Unit& unit, const Environment& env, const Channel& channel,
                                        const Inbound& message, Contact& contact, Time now) {
  if (!message.content.automatic.empty() || message.visibility == Visibility::public_) return std::nullopt;
  return expected_score(unit, env, channel, message, contact, now);
}

bool take_expected_answer(store::Unit& unit, const Environment& env, Conversation& conversation, const Contact& contact,
                          const Message& message, Time now) {
  // Questions are asked automatically, and what a person of ours says ends them: so most messages are told apart here.
  if (!conversation.work.answered_by_rule || !message.content.automatic.empty()) return false;
  return take_offered_callback(unit, env, conversation, contact, message, now);
}

}  // namespace jackfield::flow
