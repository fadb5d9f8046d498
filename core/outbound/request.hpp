// One event as an HTTP request, and what its answer means.
#pragma once

#include "net/http_client.hpp"
#include "store/rows.hpp"

namespace jackfield::outbound {

// "msg_WEBHOOK_CURSOR": the same at every attempt, so that a receiver can tell a repetition.
std::string message_id(Id webhook, std::int64_t cursor);

net::HttpCall request_of(const store::Webhook& webhook, std::int64_t cursor, std::string body, Time now,
                         Millis timeout);

struct Verdict {
  enum class Kind { delivered, failed, gone };
  Kind kind = Kind::failed;
  std::string error;
  Millis pause{0};  // what the receiver asked for (Retry-After of a 429 or 503): nothing more to it until then
};
Verdict verdict_of(const net::HttpAnswer& answer, Millis longest_pause);

}  // namespace jackfield::outbound
