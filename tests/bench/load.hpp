// The load generator: prepared HTTP/1.1 requests over keep-alive connections, one thread, as little work as possible,
// since it shares the machine with what it measures.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace jackfield::bench {

// Writes the next request, whole, into a connection's own buffer; the buffer holds that connection's one before.
using NextRequest = std::function<void(std::string& buffer)>;

struct LoadResult {
  std::uint64_t accepted = 0;  // 2xx
  std::uint64_t refused = 0;   // any other answer, or the connection ended
  int refusal = 0;             // the last such answer's status; 0: the connection ended
  double seconds = 0;          // from the first request to the last answer
  double per_second() const { return static_cast<double>(accepted) / seconds; }
};

// Each connection sends its next request when the one before is answered; ends at the count or after the time,
// whichever is first (0: no such bound). Throws when it cannot connect.
LoadResult run_load(int port, int connections, std::uint64_t count, double seconds, const NextRequest& next);

// Requests at a steady rate, each at its time whether or not the ones before are answered; one waits for a connection
// when all are busy, and that time counts. The latencies in milliseconds, in the order of the requests; -1: refused.
struct PacedResult {
  std::vector<double> sent_at;  // steady clock, ms: when each was due
  std::vector<double> answer_ms;
};
PacedResult run_paced(int port, int connections, double per_second, double seconds, const NextRequest& next);

double steady_ms();  // now

}  // namespace jackfield::bench
