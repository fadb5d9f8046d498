// SIGHUP: the configuration file is read and checked again, and takes effect when it is right.
#pragma once

#include <future>
#include <string>

#include "app/app.hpp"
#include "app/notify.hpp"

namespace jackfield::app {

// Reads and checks the file, and gives it to the App. What is wrong with it is written to the log as
// FILE:LINE:COL: error: …, and then nothing has changed. True: it is in force. Blocking: starts child processes.
bool reload(App& app, const std::string& config_file);

// Does it beside the thread that serves, one at a time, and tells systemd. From one thread.
class Reloads {
 public:
  // All must outlive it.
  Reloads(App& app, std::string config_file, const Notify& notify)
      : app_(app), config_file_(std::move(config_file)), notify_(notify) {}

  void ask() { wanted_ = true; }
  // Begins what was asked for and ends what is done. True: it wants to be called again soon.
  bool look();

 private:
  void begin();
  void end();

  App& app_;
  const std::string config_file_;
  const Notify& notify_;
  bool wanted_ = false, under_way_ = false;
  std::future<bool> reading_;
  bool in_force_ = false;
};

}  // namespace jackfield::app
