// OAuth 1.0a (RFC 5849) with HMAC-SHA1, as X takes it for user context. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::twitter {

// RFC 3986: everything but letters, digits and -._~ is escaped.
std::string escaped(std::string_view text);

struct OAuth1Keys {
  std::string consumer_key, consumer_secret, token, token_secret;
};

// The value of the header Authorization. The query of the URL is signed, bodies of JSON and multipart are not, and no
// other kind is sent.
std::string oauth1_header(const OAuth1Keys& keys, std::string_view method, std::string_view url, std::string_view nonce,
                          std::int64_t unix_seconds);

}  // namespace jackfield::twitter
