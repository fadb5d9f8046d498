// Who vouches for a mail's sender: the results that our own receiving server wrote into its header (RFC 8601). Any
// thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::email {

struct AuthenticationResult {
  std::string method;                             // "spf", "dkim", "dmarc", lower case
  std::string result;                             // "pass", "fail", "none" …, lower case
  std::map<std::string, std::string> properties;  // "header.d" → "example.com", values as written
};

struct AuthenticationResults {
  std::string authserv_id;  // lower case; empty: the header names no host
  std::vector<AuthenticationResult> results;
};

// The value of one Authentication-Results header; nothing when it breaks the grammar. Bounded and linear.
std::optional<AuthenticationResults> parse_authentication_results(std::string_view value);

// What is to be believed of a mail.
struct Authentication {
  bool found = false;  // our server said something
  AuthenticationResults said;
  bool sender_proven = false;  // DMARC passed, or DKIM or SPF passed for the From's domain or one it belongs to
};

// headers: every Authentication-Results of the mail, from the top. Only the topmost that names our server counts: what
// it stands on top of, the sender may have written. from_domain: of the From, lower case.
Authentication authentication_of(const std::vector<std::string>& headers, std::string_view authserv_id,
                                 std::string_view from_domain);

}  // namespace jackfield::email
