// What the X API answered → what became of a send. Pure; any thread.
#pragma once

#include <cstdint>
#include <jackfield/http.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::twitter {

struct Outcome {
  std::uint32_t outcome = JF_OUTCOME_UNKNOWN;
  std::uint32_t error_class = JF_ERROR_NONE;
  std::uint32_t scope = JF_SCOPE_MESSAGE;
  std::uint64_t retry_after_ms = 0;
  std::vector<std::string> ids;  // of the message; of an upload: its media id
  std::string code;              // "http 403"
  std::string detail;            // for people
  bool credits = false;          // used up: nothing goes until somebody pays
  bool token = false;            // X refuses the account's token: nothing goes until somebody mends it
};

struct Sent {
  bool is_public = false;
  bool enterprise = false;
  std::uint32_t attempt = 1;
};

// Of POST /2/tweets and of POST …/messages.
Outcome outcome_of_send(const sdk::HttpResponse& answer, const Sent& sent);

// Of a step of an upload. It reaches no customer, so one whose end is not known is simply done again: never UNKNOWN.
Outcome outcome_of_upload(const sdk::HttpResponse& answer);

// What an answer says to people: the problem's detail, else its first error, else its title.
std::string detail_of(std::string_view body);
bool says_credits_are_used_up(const sdk::HttpResponse& answer);

// Why a public reply to somebody who did not ask for it is not sent.
inline constexpr std::string_view kSummonedRule =
    "X lets self-serve accounts answer a post only when its author mentioned or quoted them; write a direct message "
    "instead, or set tier: enterprise if the account has such a contract";

std::string_view class_name(std::uint32_t error_class);  // "recipient", as events name it

}  // namespace jackfield::twitter
