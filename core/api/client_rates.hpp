// How often each client may ask, where no token tells them apart: a bucket of a minute's worth for each, which fills
// again evenly. Bounded: past it the client that asked longest ago is forgotten.
#pragma once

#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"

namespace jackfield::api {

// Any thread.
class ClientRates {
 public:
  ClientRates(int per_minute, std::size_t most_clients) : per_minute_(per_minute), most_(most_clients) {}
  // Nothing: it may ask now. Else: after so long.
  std::optional<Millis> take(const std::string& client, Time now);
  std::size_t clients() const;

 private:
  struct Bucket {
    std::string client;
    double left = 0;
    Time at{};
  };
  const double per_minute_;
  const std::size_t most_;
  mutable std::mutex mutex_;
  std::list<Bucket> buckets_;  // who asked last comes first
  std::unordered_map<std::string, std::list<Bucket>::iterator> by_client_;
};

}  // namespace jackfield::api
