// The parameters of Twilio's webhooks → messages and receipts. Pure.
#pragma once

#include <optional>
#include <string>

#include "form.hpp"
#include "provider.hpp"

namespace jackfield::sms {

// At most one of the three; none: nothing that concerns us (a message is queued).
struct TwilioEvent {
  std::optional<Inbound> message;
  std::optional<Receipt> receipt;
  std::string problem;  // it is Twilio's, but cannot be read
};

// correlation: our message's id, from the query of the callback's URL.
TwilioEvent decode_twilio(const Form& form, std::string correlation = {});

// A JSON body with the same names.
Form form_of_json(std::string_view body);

}  // namespace jackfield::sms
