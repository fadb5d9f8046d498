// What systemd is told while the daemon runs: that it is ready, once it is, and that it is alive, as long as it
// answers.
#pragma once

#include "app/notify.hpp"

namespace jackfield::app {

class App;

class SystemdTalk {
 public:
  // Both must outlive it; the App is started. From one thread.
  SystemdTalk(const Notify& notify, App& app) : notify_(notify), app_(app) {}

  // Tells what is due. How long until it wants to be called again.
  Millis tell();

 private:
  using Instant = std::chrono::steady_clock::time_point;
  void tell_ready();
  void tell_alive();

  const Notify& notify_;
  App& app_;
  bool ready_ = false;
  Instant alive_at_{};  // when the next sign of life is due
};

}  // namespace jackfield::app
