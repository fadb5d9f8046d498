// A file of ours, in pieces: POST /2/media/upload/initialize, …/append, …/finalize, then waiting until X has looked at
// it.
#pragma once

#include <jackfield/jackfield.hpp>
#include <memory>

#include "api.hpp"
#include "encode.hpp"
#include "outcome.hpp"
#include "rate_limits.hpp"

namespace jackfield::twitter {

// On the strand.
class Uploading {
 public:
  // ACCEPTED with the media id, or why not.
  using Then = sdk::Function<void(const Outcome& outcome)>;

  Uploading(sdk::Host& host, Api& api, RateLimits& limits) : host_(host), api_(api), limits_(limits) {}

  void upload(const Upload& upload, Then then);

 private:
  struct Job {
    Upload upload;
    Then then;
    std::string id;
    std::uint64_t offset = 0;
    unsigned segment = 0, looks = 0;
  };
  using JobPtr = std::shared_ptr<Job>;

  void next_piece(const JobPtr& job);
  void append(const JobPtr& job, std::string_view piece);
  void finalize(const JobPtr& job);
  void on_state(const JobPtr& job, const sdk::HttpResponse& response);
  void look_again(const JobPtr& job, std::int64_t seconds);
  // True: it went well.
  bool went_well(const JobPtr& job, const sdk::HttpResponse& response);
  void end(const JobPtr& job, std::uint32_t outcome, std::uint32_t error_class, std::string detail);

  sdk::Host& host_;
  Api& api_;
  RateLimits& limits_;
};

}  // namespace jackfield::twitter
