// What the Graph API answered → what became of a send. Pure; any thread.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <jackfield/http.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::whatsapp {

// What one of Meta's error codes means for a message.
struct Refusal {
  std::uint32_t outcome = JF_OUTCOME_REJECTED;
  std::uint32_t error_class = JF_ERROR_CONTENT;
  std::uint32_t scope = JF_SCOPE_MESSAGE;
  std::uint32_t wait_seconds = 0;  // 0: the host's own backoff
  std::uint32_t growth = 1;        // the wait is times this with every further attempt
  bool known = true;               // the code is in the table
};
// The table is of codes, not of HTTP statuses: Meta sends the same code with different ones, and in receipts with none.
Refusal refusal_of(std::int64_t code);

std::string_view class_name(std::uint32_t error_class);  // "recipient", as events name it

// What an error object says to people: its details, else its message, else its title.
std::string detail_of(const boost::json::object& error);

struct Outcome {
  std::uint32_t outcome = JF_OUTCOME_UNKNOWN;
  std::uint32_t error_class = JF_ERROR_NONE;
  std::uint32_t scope = JF_SCOPE_MESSAGE;
  std::uint64_t retry_after_ms = 0;
  std::vector<std::string> ids;  // of the messages accepted; of an upload: its media id
  std::string code;              // Meta's, else "http 502"
  std::string detail;            // for people
};

// Of POST …/messages. Attempts count from 1.
Outcome outcome_of_send(const sdk::HttpResponse& answer, std::uint32_t attempt, std::int64_t now_ms);

// Of POST …/media. An upload reaches no customer, so one whose end is not known is simply done again: never UNKNOWN.
Outcome outcome_of_upload(const sdk::HttpResponse& answer, std::uint32_t attempt, std::int64_t now_ms);

}  // namespace jackfield::whatsapp
