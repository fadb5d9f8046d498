// The connector's end of the connection to the host: frames over descriptor 3, with blocking reads and writes. Whatever
// goes wrong with it ends the process: without the host there is nothing to do.
#pragma once

#include <array>
#include <mutex>
#include <string>

#include "host/frame.hpp"

namespace jackfield::host {

class FrameSocket {
 public:
  explicit FrameSocket(int fd) : fd_(fd) {}
  Frame read();                         // one thread
  void write(const std::string& frame);  // any thread, whole frames

 private:
  const int fd_;
  FrameDecoder decoder_;
  std::array<char, 64 * 1024> bytes_;
  std::mutex mutex_;
};

}  // namespace jackfield::host
