// Digests and keyed digests that providers sign with, and how they are written. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jackfield::sms {

// Raw bytes. std::runtime_error when OpenSSL refuses.
std::string hmac_sha1(std::string_view key, std::string_view text);
std::string hmac_sha256(std::string_view key, std::string_view text);
std::string sha256(std::string_view text);

std::string hex(std::string_view bytes);  // lower case
std::string base64(std::string_view bytes);
std::string base64url(std::string_view bytes);                       // without padding
std::optional<std::string> decode_base64url(std::string_view text);  // nullopt: not of that alphabet

// Takes the same time whatever the bytes are; the lengths are not hidden.
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace jackfield::sms
