// Takes what has had its time out of the store: events after 30 days, answers kept for idempotency keys after 2 days, days
// of figures after what reports.keep says.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.hpp"
#include "net/io.hpp"
#include "store/committer.hpp"

namespace jackfield::app {

struct ExpiryTimes {
  Millis events{std::chrono::days{30}};
  Millis answers{std::chrono::days{2}};
  std::function<Millis()> figures;  // asked each time, since a reload may change it; none: kept for ever
  Millis every{std::chrono::hours{1}};
  Millis first{std::chrono::minutes{1}};  // after the start
  Millis between{50};                     // the steps of one run, so that messages go between them
  std::size_t step = 500;                 // rows of each kind
};

class Expiry {
 public:
  // All must outlive stop().
  Expiry(net::IoContext& io, store::Committer& committer, const Clock& clock, ExpiryTimes times = {});
  ~Expiry();  // stop()
  void start();
  void stop();  // safe twice and without start; a step that is under way ends by itself

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace jackfield::app
