// What X signs with the app's consumer secret: webhooks, and its challenges (CRC). Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jackfield::twitter {

// Takes the same time whatever the bytes are; the lengths are not hidden.
bool equal_constant_time(std::string_view a, std::string_view b);

std::string base64(std::string_view bytes);
std::string hmac_sha1(std::string_view key, std::string_view bytes);  // raw bytes

// "sha256=" and the base64 of HMAC-SHA256: of a body in x-twitter-webhooks-signature, of a crc_token in its answer.
std::string signature_of(std::string_view secret, std::string_view bytes);

// By any of the secrets, of which there are several while one is replaced. Empty ones let nobody in.
bool is_signed(const std::vector<std::string>& secrets, std::string_view body, std::string_view header);

// The answer to GET …?crc_token=…, by the first secret.
std::string crc_answer(const std::vector<std::string>& secrets, std::string_view crc_token);

}  // namespace jackfield::twitter
