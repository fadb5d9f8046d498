// `jackfield simulate twilio`: a stand-in for Twilio's Programmable Messaging.
#pragma once

#include <memory>
#include <string>

#include "simulate/sms_dialect.hpp"

namespace jackfield::simulate {

// The defaults fit the channel `sms` of examples/sms.yaml.
struct TwilioOptions {
  std::string account_sid = "AC00000000000000000000000000000001";
  std::string auth_token = "demo-auth-token-0001";
  std::string number = "+15005550006";  // that messages come to
};

// The value of X-Twilio-Signature for a form body.
std::string twilio_signature(const std::string& auth_token, const std::string& url,
                             const std::vector<std::pair<std::string, std::string>>& form);

// Numbers that write STOP are refused afterwards with 21610, until they write START, as Twilio does by default.
std::unique_ptr<SmsDialect> twilio_dialect(TwilioOptions options);

}  // namespace jackfield::simulate
