// X-Twilio-Signature (Twilio, "Validating signatures from Twilio"): base64 of HMAC-SHA1 by the account's Auth Token
// over the exact URL and every parameter of a form; for other bodies over the URL, which then holds the body's digest.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "form.hpp"

namespace jackfield::sms {

class TwilioSignature {
 public:
  // Several tokens while one is being replaced. Empty ones are left out: they would let everybody in.
  explicit TwilioSignature(std::vector<std::string> auth_tokens);

  // url: as Twilio asked for it, query included; the standard port may stand in it or not. form: all parameters of the
  // body, empty for GET.
  bool verify(std::string_view url, const Form& form, std::string_view header) const;

  // Of a body that is no form: bodySHA256 in the URL must be its digest.
  bool verify_body(std::string_view url, std::string_view body, std::string_view header) const;

  // By the first token.
  std::string sign(std::string_view url, const Form& form) const;

 private:
  std::vector<std::string> tokens_;
};

}  // namespace jackfield::sms
