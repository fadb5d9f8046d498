// More than the daemon can take: requests at a steady rate over as many connections as that needs, as a provider does
// who does not wait.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace jackfield::bench {

// Writes the next request and tells its number.
using NumberedRequest = std::function<std::uint64_t(std::string& buffer)>;

struct FloodResult {
  std::vector<std::uint64_t> acknowledged;  // the numbers of those answered 2xx
  std::vector<float> answer_ms;             // of these, from the sending to the answer
  std::uint64_t asked_back = 0;             // 503 or 429
  std::uint64_t cut = 0;                    // the connection ended instead of an answer
  std::uint64_t other = 0;                  // any other answer
  int other_status = 0;                     // the last such
  std::uint64_t unsent = 0;                 // due while all connections were busy: the sender's own bound
  double seconds = 0;
  std::uint64_t offered() const { return acknowledged.size() + asked_back + cut + other; }
};

// One thread; at most so many connections, opened as they are needed. A connection that ends is replaced.
FloodResult run_flood(int port, std::size_t connections, double per_second, double seconds,
                      const NumberedRequest& next);

}  // namespace jackfield::bench
