// The outbound way: a message becomes its requests, one after the other, and their answers an outcome.
#pragma once

#include <deque>
#include <functional>
#include <jackfield/jackfield.hpp>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "encode.hpp"
#include "graph.hpp"
#include "outcome.hpp"

namespace jackfield::whatsapp {

// All on the strand.
class Sending {
 public:
  Sending(sdk::Host& host, const Graph& graph, EncodeOptions options) : host_(host), graph_(graph), options_(options) {}

  void send(sdk::Send&& send);
  bool sign(std::string_view signal);  // false: there is nothing to show it on
  std::string preview(std::string_view message) const;
  void cancel(std::uint64_t token);

 private:
  // What of a message is done already. A later try goes on from there, so that no part reaches the customer twice. Of
  // messages of several requests it is kept in the host's store, too, so that this holds after a restart.
  struct Progress {
    std::size_t requests = 0;
    std::vector<std::string> ids;
    std::map<std::string, std::string> uploads;  // blob → media id
  };
  struct Job {
    sdk::Send send;
    std::string key;
    std::vector<Request> requests;
    Progress progress;
    std::string kept;            // what the store has of it
    bool asked_to_send = false;  // a POST …/messages is out whose answer is not known
  };
  using JobPtr = std::shared_ptr<Job>;

  void recall(const JobPtr& job);
  void keep(const JobPtr& job, std::function<void()> then);
  void next(const JobPtr& job);
  void upload(const JobPtr& job, const Upload& upload);
  void post(const JobPtr& job, const Request& request);
  void on_posted(const JobPtr& job, Outcome outcome);
  void finish(const JobPtr& job, const Outcome& outcome);
  void answer(Job& job, const Outcome& outcome);
  void remember(const Job& job);

  // A token that Meta refuses ends one message, not the whole queue: sends pause, then one tries again.
  void pause(const std::string& detail);
  void works_again();

  sdk::Host& host_;
  const Graph& graph_;
  const EncodeOptions options_;
  std::unordered_map<std::uint64_t, JobPtr> open_;
  struct Unfinished {
    Progress progress;
    std::string kept;
  };
  std::unordered_map<std::string, Unfinished> unfinished_;
  std::deque<std::string> unfinished_order_;
  unsigned refusals_in_a_row_ = 0;
};

}  // namespace jackfield::whatsapp
