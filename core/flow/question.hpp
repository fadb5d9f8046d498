// What questions to customers share that nobody types: whether they want to be called, and how it was.
#pragma once

#include <string>
#include <string_view>

#include "flow/environment.hpp"
#include "model/contact.hpp"
#include "model/conversation.hpp"
#include "model/message.hpp"

namespace jackfield::flow {

// The language to speak with them.
const std::string& language_of(const Conversation& conversation, const Contact& contact);

// Does the channel show choices as such; and if not, does it at least make a list of them?
bool shows_choices(const Channel& channel);
bool lists_choices(const Channel& channel);

// Of a choice that was made and whose id begins with that, the rest of the id; empty: there is none. A view into content.
std::string_view choice_made(const Content& content, std::string_view prefix);

}  // namespace jackfield::flow
