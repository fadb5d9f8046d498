// A connector's process as the host holds it: started, spoken to in frames over a socketpair, its output taken line by
// line, watched, killed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "host/frame.hpp"
#include "net/io.hpp"

namespace jackfield::host {

class IsolatedProcess {
 public:
  // All on the strand.
  struct Events {
    std::function<void(Frame)> frame;
    std::function<void(std::string_view line)> output;  // bounded in length and rate
    std::function<void(std::string why)> ended;         // once; nothing comes afterwards
  };
  // Starts `/proc/self/exe isolated-plugin FILE CHANNEL`. From here on everything is the strand's.
  static Result<std::shared_ptr<IsolatedProcess>> start(const std::string& file, const std::string& channel,
                                                        net::IoContext& io, net::Strand strand, Events events);
  virtual ~IsolatedProcess() = default;

  virtual void write(std::string frame) = 0;
  virtual std::size_t unwritten() const = 0;  // bytes it has not read yet
  virtual void hold(bool on) = 0;             // gives no frame while on
  virtual bool held() const = 0;
  virtual void end(std::string why) = 0;  // kills it and its group; events.ended says why
  virtual void forget() = 0;              // the same, and no event comes any more
  virtual int pid() const = 0;
};

}  // namespace jackfield::host
