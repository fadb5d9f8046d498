// What a connector's process writes to its standard output and error, as lines for the log, bounded in length and rate.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace jackfield::host {

class OutputLines {
 public:
  using Sink = std::function<void(std::string_view line)>;
  void add(std::string_view bytes, const Sink& sink);

 private:
  static constexpr std::size_t kMostBytes = 2000;   // of a line; the rest of it is left out
  static constexpr int kMostASecond = 50;

  void say(const Sink& sink) {
    if (!line_.empty() && allowed(sink)) sink(line_);
    line_.clear();
  }
  bool allowed(const Sink& sink);

  std::string line_;
  std::chrono::steady_clock::time_point second_{};
  int said_ = 0, left_out_ = 0;
};

inline void OutputLines::add(std::string_view bytes, const Sink& sink) {
  for (const char c : bytes) {
    if (c == '\n')
      say(sink);
    else if (line_.size() < kMostBytes && c != '\r' && c != '\0')
      line_ += c;
  }
}

inline bool OutputLines::allowed(const Sink& sink) {
  const auto now = std::chrono::steady_clock::now();
  if (now - second_ >= std::chrono::seconds{1}) {
    second_ = now;
    said_ = 0;
    if (left_out_ > 0) sink(std::to_string(std::exchange(left_out_, 0)) + " lines of its output were left out");
  }
  if (said_ < kMostASecond) return ++said_, true;
  ++left_out_;
  return false;
}

}  // namespace jackfield::host
