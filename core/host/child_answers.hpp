// What a connector's process answers to what the host asked of it: who waits for which answer, and the frames of the
// answers, checked. The process is taken for hostile: what nobody asked for is refused, never acted upon. [strand]
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>

#include "host/frame.hpp"
#include "host/link.hpp"

namespace jackfield::host {

class ChildAnswers {
 public:
  using Done = Link::Done;
  using Sent = std::function<void(Taken, std::string)>;
  using Fetched = std::function<void(Status)>;
  using Answered = std::function<void(Result<std::string>)>;

  // Each is called once, by take() or abandon(), or never when it is forgotten.
  void await_created(Done done) { created_ = std::move(done); }
  void await_started(Done done) { started_ = std::move(done); }
  void await_stopped(std::function<void()> done) { stopped_ = std::move(done); }
  void await_sent(std::uint64_t token, Sent done) { sends_[token] = std::move(done); }
  void await_fetch(std::uint64_t token, Fetched done) { fetches_[token] = std::move(done); }
  std::uint64_t await_answer(Answered done);  // the id under which to ask

  bool is_starting() const { return static_cast<bool>(started_); }

  // created, started, stopped, sent, fetch_taken or answered. False: it breaks the rules, or is none of these. The
  // function it calls may call abandon().
  bool take(Frame& frame);

  // The process is gone: what was asked with await_answer hears so; the rest, which instance_lost answers, is
  // forgotten. Who waits for the stop goes on waiting: take_stopped().
  void abandon();
  std::function<void()> take_stopped() { return std::exchange(stopped_, nullptr); }

 private:
  bool on_created(FrameReader& in);
  bool on_started(FrameReader& in);
  bool on_stopped(FrameReader& in);
  bool on_sent(std::uint64_t token, FrameReader& in);
  bool on_fetch_taken(std::uint64_t token, FrameReader& in);
  bool on_answered(std::uint64_t id, FrameReader& in);

  Done created_, started_;
  std::function<void()> stopped_;
  std::unordered_map<std::uint64_t, Sent> sends_;
  std::unordered_map<std::uint64_t, Fetched> fetches_;
  std::unordered_map<std::uint64_t, Answered> asked_;
  std::uint64_t next_ask_ = 1;
};

}  // namespace jackfield::host
