// `jackfield simulate vonage`: a stand-in for Vonage's Messages API.
#pragma once

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "simulate/sms_dialect.hpp"

namespace jackfield::simulate {

struct VonageOptions {
  std::string api_key = "abcd1234";
  std::string api_secret = "demo-api-secret-0001";
  std::string signature_secret = "demo-signature-secret-0001";
  std::string number = "447700900000";  // that messages come to
};

// A JSON Web Token, HS256, with the digest of the body.
std::string vonage_token(const VonageOptions& options, const std::string& body, std::int64_t now_s,
                         const std::string& id);

// The clock must outlive it.
std::unique_ptr<SmsDialect> vonage_dialect(VonageOptions options, const Clock& clock);

}  // namespace jackfield::simulate
