// What a provider hands up, as events of sdk/schema/inbound-event.json. Pure, but for what Numbers remembers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kept_set.hpp"
#include "numbers.hpp"
#include "opt_out.hpp"
#include "provider.hpp"

namespace jackfield::sms {

// What all events of a channel are written with. Nothing in them depends on when they are written.
struct EventContext {
  Numbers& numbers;
  const OptOutWords& words;
};

// Each appends one event or more to a JSON array without brackets.

// The message; with a word that opts its sender out or in, also what it says about them.
void append_message(std::string& items, const Whole& whole, const EventContext& context);
// The receipt; when it says that the recipient is opted out, that too.
void append_receipt(std::string& items, const Receipt& receipt, const EventContext& context);
// The provider refuses to send to that number because its holder does not want it.
void append_opted_out(std::string& items, std::string_view number, std::string_view reason, std::string_view dedupe,
                      const EventContext& context);
void append_undecodable(std::string& items, std::string_view reason, std::string_view raw);

std::string_view class_name(sdk::ErrorClass error);  // "recipient", as events name it

}  // namespace jackfield::sms
