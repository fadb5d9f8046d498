// One channel's instance comes beside the one before, takes its place, and the one before is drained and ended. Driven
// by steps, so that nothing waits for a connector.
//
// A connector that keeps no sessions is started first and the place changes when it has, so that at every moment one of
// the two takes webhooks and sends. One that keeps sessions (a mailbox, a listening port) cannot run twice: the place
// changes once the new one is created, the old one ends its sessions, and then the new one starts.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "host/channel.hpp"

namespace jackfield::host {

class Succession {
 public:
  struct Parts {
    std::shared_ptr<Channel> before;  // null: the channel is new
    std::shared_ptr<Channel> next;    // null: the channel goes
    bool upgrade = false;             // only the connector's file is another: when it does not work, the old one stays
    Millis drain{0};                  // how long what is open on the old one may take
  };
  using SteadyTime = std::chrono::steady_clock::time_point;

  // place: puts the next one in its place; refused: why it stays out. Both from step().
  Succession(Parts parts, std::function<void()> place, std::function<void(const std::string&)> refused);

  void begin(Time now);
  bool step(Time now);  // true: it is over. From one thread at a time, now and then

  const Parts& parts() const { return parts_; }

 private:
  enum class Stage { creating, starting, draining, ending, dropping, over };

  void created(Time now);
  void started(Time now);
  void refuse(const std::string& why);
  void change_places(Time now);
  void retire(Time now);
  void drained();
  void ended();
  void enter(Stage stage, Millis limit);
  bool late() const { return std::chrono::steady_clock::now() >= limit_; }

  const Parts parts_;
  const std::function<void()> place_;
  const std::function<void(const std::string&)> refused_;
  Stage stage_ = Stage::creating;
  bool starts_after_ = false;  // the next one starts once the old one has ended
  SteadyTime limit_{};         // of the stage
};

}  // namespace jackfield::host
