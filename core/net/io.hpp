// The io context: the threads on which sockets, strands and short timers run. Asio is seen through this header only
// where it must be; net/asio.hpp includes it whole.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.hpp"

namespace jackfield::net {

// Runs handlers one at a time, in order. Copyable handle. An idle strand entered from an io thread runs the handler
// at once (dispatch), which saves a thread switch on the inbound way.
class Strand {
 public:
  void post(std::function<void()> handler) const;      // later, never inside this call
  void dispatch(std::function<void()> handler) const;  // now when possible
  bool running_here() const;

 private:
  friend class IoContext;
  struct State;
  std::shared_ptr<State> state_;
};

// A one-shot timer, cancelled when it goes. Steady clock.
class TimerHandle {
 public:
  TimerHandle() = default;
  void cancel();
  struct State;
  std::shared_ptr<State> state;
};

class IoContext {
 public:
  explicit IoContext(int threads);
  ~IoContext();  // stop()
  void start();
  // Ends the threads; handlers not run yet never run and are freed with this object. Safe twice; not from an io
  // thread. Strands, timers and sockets made from this must be gone before it is.
  void stop();
  void post(std::function<void()> handler);
  Strand make_strand();
  TimerHandle after(Millis wait, const Strand& strand, std::function<void()> handler);
  TimerHandle after(Millis wait, std::function<void()> handler);

  struct State;  // holds the boost::asio::io_context; net/asio.hpp
  State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

// A fixed set of threads for work that blocks, with a bounded queue.
class Workers {
 public:
  Workers(int threads, std::size_t most_waiting);
  ~Workers();
  bool submit(std::function<void()> work);  // false: too much waits
  void stop();                              // runs what was accepted, then ends; safe twice

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace jackfield::net
