// The signed webhooks of Vonage: Authorization: Bearer with a JSON Web Token (RFC 7519), HS256 by the account's
// signature secret, whose claim payload_hash is the hex SHA-256 of the raw body.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::sms {

class VonageJwt {
 public:
  // Several secrets while one is being replaced; empty ones are left out. api_key: the account that must be named,
  // where one is.
  VonageJwt(std::vector<std::string> secrets, std::string api_key);

  // Why the request is not Vonage's; empty: it is. authorization: the header's value.
  std::string problem(std::string_view authorization, std::string_view body, std::int64_t now_ms) const;

  // By the first secret; jti: any value that does not come twice.
  std::string sign(std::string_view body, std::int64_t now_ms, std::string_view jti) const;

 private:
  bool is_signed(std::string_view token) const;

  std::vector<std::string> secrets_;
  std::string api_key_;
};

}  // namespace jackfield::sms
