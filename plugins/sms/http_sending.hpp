// The outbound way of the HTTP providers: one request a message, and its answer the outcome.
#pragma once

#include <jackfield/jackfield.hpp>
#include <memory>
#include <string>
#include <unordered_map>

#include "http_outcome.hpp"
#include "provider.hpp"

namespace jackfield::sms {

struct HttpPost {
  std::string url, body;
  sdk::Headers headers;
};

// All on the strand.
class HttpSending {
 public:
  // Attempts count from 1.
  using Read = HttpOutcome (*)(const sdk::HttpResponse& answer, std::uint32_t attempt, std::int64_t now_ms);

  // name: the provider's, for people.
  HttpSending(sdk::Host& host, Inbox& inbox, std::string name, Read read)
      : host_(host), inbox_(inbox), name_(std::move(name)), read_(read) {}

  void send(sdk::Send&& send, std::string to, const HttpPost& post);
  void cancel(std::uint64_t token);

 private:
  struct Job {
    sdk::Send send;
    std::string to;
  };

  void on_answer(Job& job, const HttpOutcome& outcome);

  // Credentials that are refused end one message, not the whole queue: sends pause, then one tries again.
  void pause(const std::string& detail);
  void works_again();

  sdk::Host& host_;
  Inbox& inbox_;
  std::string name_;
  Read read_;
  std::unordered_map<std::uint64_t, std::shared_ptr<Job>> open_;
  unsigned refusals_in_a_row_ = 0;
};

}  // namespace jackfield::sms
