// At most one sign of typing per sender and ten seconds: providers send one with every key. In memory, since nothing is
// lost with it.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"

namespace jackfield::flow {

class TypingLimit {  // [any thread]
 public:
  bool take(const std::string& channel, const std::string& address, Time now) {
    const std::lock_guard lock(mutex_);
    if (last_.size() >= kMostSenders)
      std::erase_if(last_, [&](const auto& entry) { return now - entry.second >= kEvery; });
    if (last_.size() >= kMostSenders) return false;
    const auto [at, fresh] = last_.try_emplace(channel + " " + address, now);
    if (!fresh && now - at->second < kEvery) return false;
    at->second = now;
    return true;
  }

 private:
  static constexpr Millis kEvery{10'000};
  static constexpr std::size_t kMostSenders = 10'000;
  std::mutex mutex_;
  std::unordered_map<std::string, Time> last_;
};

}  // namespace jackfield::flow
