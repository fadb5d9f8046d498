// Those who follow the event log live: WebSockets, server-sent events and long polls.
//
// Followers at the tail share one read and one rendering per commit: a commit wakes a thread which reads what is new
// since the last broadcast and gives each follower the same frames. Commits that come while it reads are taken in by
// the next read. A follower that is behind, or whose socket is full, reads on its own from its cursor, on another
// thread, and joins the tail when it has caught up; so each gets every event once and in order.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "api/auth.hpp"
#include "net/http_server.hpp"
#include "store/reader.hpp"

namespace jackfield::store {
class Store;
}

namespace jackfield::api {

// Which events somebody wants and may see.
struct EventFilter {
  std::vector<EventType> types;  // empty: all
  Caller caller;

  bool wants(EventType type) const;
};

// The queue of a conversation now, looked up at most once a batch.
class QueueLookup {
 public:
  explicit QueueLookup(store::Reader& reader) : reader_(reader) {}
  bool visible(const store::EventView& view, const EventFilter& filter);
  bool visible(Id conversation, const Caller& caller);

 private:
  const std::string& queue_of(Id conversation);

  store::Reader& reader_;
  std::map<Id, std::string> queues_;
};

// Renders one event as the API shows it.
using RenderEvent = std::function<std::string(const store::EventView&)>;

// What a follower is sent: the event's JSON, or that as one server-sent event (sse.hpp).
enum class Framing : std::uint8_t { json, sse };

// A long poll while it waits.
class Waiter {
 public:
  explicit Waiter(EventFilter f) : filter(std::move(f)) {}
  virtual ~Waiter() = default;
  virtual void wake() = 0;        // there is something for it; it was taken out. Must not block
  virtual bool gone() const = 0;  // has the client gone?

  const EventFilter filter;
};

class EventHub {
 public:
  static Result<std::unique_ptr<EventHub>> open(store::Store& store, RenderEvent render, std::size_t most_followers,
                                                std::size_t most_waiters);
  ~EventHub();  // stop()

  // [committer thread]
  void committed(std::int64_t last_cursor);
  // [any thread] The last event that surely can be read.
  std::int64_t last_cursor() const;

  bool has_room() const;  // for one more follower
  // What makes a WebSocket a follower of the events after that cursor; -1: from now on.
  net::WebSocketHandler follow(EventFilter filter, std::int64_t after, Framing framing = Framing::json);

  // Parks a waiter that has seen everything up to that cursor, until there is something for it. again: there may be
  // some already, read once more. full: too many wait.
  enum class Parked : std::uint8_t { parked, again, full };
  Parked park(const std::shared_ptr<Waiter>& waiter, std::int64_t seen);
  // Takes it out; false: it was woken or never parked. Whoever takes it out answers it.
  bool unpark(const std::shared_ptr<Waiter>& waiter);

  // Asked of each follower once it follows: one whose token went between its request and that is cut off too. Before
  // the first follower.
  void admit(std::function<bool(const Caller&)> known);
  // Cuts off followers whose caller is gone (close code 1008), and answers their long polls.
  void drop(const std::function<bool(const Caller&)>& gone);

  std::size_t followers() const;
  std::size_t waiters() const;
  void stop();  // closes followers (1001), wakes waiters, ends the threads; safe twice

 private:
  EventHub();
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace jackfield::api
