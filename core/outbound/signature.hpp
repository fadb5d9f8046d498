// The signatures of Standard Webhooks 1.0 (symmetric, v1): how a receiver knows that a request is ours and when it was
// made.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace jackfield::outbound {

// "whsec_" and the base64 of 24 bytes.
std::string new_secret(Random& random);

// The key of a secret: 24 to 64 bytes; nothing when it is none. The message for people is in `kSecretForm`.
std::optional<std::string> key_of(std::string_view secret);
inline constexpr std::string_view kSecretForm = "must be whsec_ and the base64 of 24 to 64 bytes";

// The value of webhook-signature: "v1," and the base64 of HMAC-SHA256 over "id.timestamp.body".
std::string sign(std::string_view key, std::string_view id, std::int64_t timestamp, std::string_view body);

}  // namespace jackfield::outbound
