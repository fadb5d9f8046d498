// Outgoing webhooks: reads the event log with a cursor for each webhook and posts what it asks for, one event a
// request, signed as Standard Webhooks has it, at least once, in order within a conversation.
//
// What fails is tried again with backoff and jitter for a day, then it is a dead letter. A receiver that answers 410 is
// disabled. The cursor and what failed are in the store, so that a restart goes on where it was; what was under way at
// a crash is sent once more, with the same webhook-id.
//
// One thread of its own does all but the HTTP; it keeps no more in memory than `DelivererLimits` says: past it the log
// is not read on, which loses nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "store/committer.hpp"
#include "store/reader.hpp"
#include "store/store.hpp"

namespace jackfield::outbound {

struct DelivererPorts {
  store::Store& store;
  store::Committer& committer;
  const Clock& clock;
  Random& random;
  std::function<std::string(const store::EventView&)> render;  // the body; on the deliverer's thread
};

struct DelivererLimits {
  std::size_t open = 64;          // requests under way, of all webhooks
  std::size_t open_each = 16;     // of one webhook
  std::size_t unstored = 512;     // events read ahead, each webhook
  std::size_t kept = 10'000;      // events that failed or wait behind such, each webhook; past it reading stops
  Millis timeout{15'000};         // of a request
  Millis give_up{24 * 3600'000};  // from the first attempt
  Backoff backoff{Millis{1000}, std::chrono::minutes{30}, 3.0};
  Millis longest_pause{3600'000};  // that a Retry-After can ask for
};

// What is known of one webhook beside its row.
struct WebhookFigures {
  std::size_t waiting = 0;                              // events that failed or wait behind such, or are under way
  std::uint64_t delivered = 0, failures = 0, dead = 0;  // since the start
  std::string last_error;                               // of the last failure; empty: there was none
  Time failed_at{};                                     // the last failure
};

class Deliverer {
 public:
  // Opens its reader and starts its thread with the webhooks that the store has.
  static Result<std::unique_ptr<Deliverer>> open(DelivererPorts ports, DelivererLimits limits = {});
  ~Deliverer();  // stop()

  // [any thread] There are events up to that cursor.
  void committed(std::int64_t last_cursor);
  // [any thread] Webhooks were added, changed or removed, and that is committed.
  void refresh();
  // [any thread] That row was put into the store by somebody else: to be sent (again) now.
  void send_again(store::WebhookEvent row);
  WebhookFigures figures(Id webhook) const;  // [any thread] nothing but zeros: it does not know it (yet)
  std::size_t webhooks() const;              // [any thread] how many it knows

  // Ends what is under way, hands the cursors to the committer, ends the thread. Safe twice.
  void stop();

 private:
  Deliverer();
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace jackfield::outbound
