// One-time tickets for browsers, which can give neither a WebSocket nor an EventSource a header: who has a token asks
// for one and puts it into the URL, where it may be seen, since it is worth nothing any more once it was used.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "api/auth.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"

namespace jackfield::api {

inline constexpr Millis kTicketLife{30'000};
inline constexpr std::size_t kMostTickets = 4096;

// Any thread. Kept in memory only: a ticket does not outlive the daemon.
class Tickets {
 public:
  struct Ticket {
    std::string secret;
    Time expires_at{};
  };

  Tickets(const Clock& clock, Random& random) : clock_(clock), random_(random) {}
  // Nothing: too many are open.
  std::optional<Ticket> issue(std::shared_ptr<const Caller> caller);
  // Whose it is, once; null: unknown, used or too old.
  std::shared_ptr<const Caller> take(std::string_view secret);

 private:
  struct Entry {
    std::shared_ptr<const Caller> caller;
    Time expires_at;
  };
  const Clock& clock_;
  Random& random_;
  std::mutex mutex_;
  std::map<std::string, Entry> open_;  // by hash, so that comparing tells nothing of a ticket
};

}  // namespace jackfield::api
