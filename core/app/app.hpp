// The daemon: everything that runs, started in order and stopped in reverse.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "base/result.hpp"
#include "host/host.hpp"

namespace jackfield::app {

class App {
 public:
  // The channels are the configuration's, matched with their connectors.
  App(Config config, std::vector<host::ChannelConfig> channels);
  ~App();  // stop()

  // On an Error (port taken, store locked, …) nothing runs any more.
  Result<void> start();
  // "http://127.0.0.1:8080", once started.
  const std::string& url() const;
  bool tried_all_channels() const;
  bool ready() const;  // as /readyz says: every channel has tried to start and the store can be written
  bool beats();        // Heartbeat::beats
  std::vector<host::ChannelInfo> channels() const;

  // Another configuration, checked as for the start, takes effect while it runs: see Host::apply, Flow::configure and
  // Api::configure. What cannot change without a restart is said in the log and stays as it was. Returns before the
  // channels have changed. On an Error nothing has. conflict: the channels are still changing().
  Result<void> reload(Config config, std::vector<host::ChannelConfig> channels);
  bool changing() const;
  std::vector<host::ChannelConfig> running() const;

  // Takes no new connection, lets what is under way finish until the drain is over, commits, ends. Safe twice and
  // without start; from the thread that started it.
  void stop(Millis drain = std::chrono::seconds{20});

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace jackfield::app
