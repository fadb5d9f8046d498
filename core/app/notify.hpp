// What systemd is told (sd_notify(3)): datagrams to the socket named by NOTIFY_SOCKET. Without it nothing is sent.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace jackfield::app {

class Notify {
 public:
  // Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID and takes them out of the environment, so that no child speaks
  // for the daemon. Before threads are started.
  Notify();
  ~Notify();
  Notify(const Notify&) = delete;
  Notify& operator=(const Notify&) = delete;

  bool has_listener() const { return socket_ >= 0; }
  // "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=…", lines. Never blocks; what cannot be sent is dropped.
  void tell(std::string_view lines) const;
  // How often WATCHDOG=1 is due: half of what systemd waits for; 0: never.
  Millis watchdog_interval() const { return interval_; }

 private:
  std::string address_;  // of the socket; '@' begins an abstract one
  int socket_ = -1;
  Millis interval_{0};
};

}  // namespace jackfield::app
