// How a token is made and how its hash is written, for the API, the configuration file and `jackfield token` alike.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"

namespace jackfield::api {

inline constexpr std::size_t kShortestToken = 16;  // of those that people choose

// "jft_" and 256 random bits as base64url: the prefix is for programs that look for secrets in what is published.
std::string new_token(Random& random);

// What is wrong with it as a token, for people, without the token; empty: nothing.
std::string why_no_token(std::string_view token);

// "sha256:" and 64 hexadecimal digits.
std::string shown_hash(std::string_view token);
// The digits of one, in lower case; nothing: it is not written so.
std::optional<std::string> parse_hash(std::string_view shown);

}  // namespace jackfield::api
