// The outbound way: a message becomes its requests, one after the other, and their answers an outcome.
#pragma once

#include <deque>
#include <jackfield/jackfield.hpp>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "api.hpp"
#include "encode.hpp"
#include "health.hpp"
#include "open_sends.hpp"
#include "outcome.hpp"
#include "rate_limits.hpp"
#include "uploading.hpp"

namespace jackfield::twitter {

// All on the strand.
class Sending {
 public:
  Sending(sdk::Host& host, Api& api, const Settings& settings, Health& health, OpenSends& open_sends)
      : host_(host),
        api_(api),
        settings_(settings),
        health_(health),
        open_sends_(open_sends),
        uploading_(host, api, limits_) {}

  void send(sdk::Send&& send);
  void cancel(std::uint64_t token);
  // A direct message that may have left before a restart: looks for it among those that X holds, and tells the host.
  void look_for(const OpenSend& send);

 private:
  // What of a message is done already. A later try goes on from there, so that no part reaches the customer twice.
  struct Progress {
    std::size_t requests = 0;
    std::vector<std::string> ids;
    std::map<std::string, std::string> uploads;  // blob → media id
  };
  struct Job {
    sdk::Send send;
    std::string key;
    std::string customer;
    std::vector<Request> requests;
    Progress progress;
    bool asked_to_send = false;  // a POST is out whose answer is not known
    std::int64_t asked_ms = 0;
    bool looking = false;  // for what X has of it, after silence
  };
  using JobPtr = std::shared_ptr<Job>;

  bool has_to_wait(const JobPtr& job);
  void check_summons(const JobPtr& job);
  void next(const JobPtr& job);
  void upload(const JobPtr& job, const Upload& upload);
  void post(const JobPtr& job, const Request& request);
  void on_posted(const JobPtr& job, const sdk::HttpResponse& response);
  void posted(const JobPtr& job, Outcome outcome);
  void find_after_silence(const JobPtr& job, const Outcome& outcome);
  void finish(const JobPtr& job, const Outcome& outcome);
  void answer(Job& job, const Outcome& outcome);
  void remember(const Job& job);

  // Credits that are used up and refused tokens concern every message: sends pause, then one tries again.
  void pause(const Outcome& outcome);
  void works_again();

  sdk::Host& host_;
  Api& api_;
  const Settings& settings_;
  Health& health_;
  OpenSends& open_sends_;
  RateLimits limits_;
  Uploading uploading_;
  std::unordered_map<std::uint64_t, JobPtr> open_;
  std::unordered_map<std::string, Progress> unfinished_;
  std::deque<std::string> unfinished_order_;
  unsigned refusals_in_a_row_ = 0;
};

}  // namespace jackfield::twitter
