// Randomness from outside, so that a test can seed it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <random>
#include <string>

namespace jackfield {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(void* out, std::size_t len) = 0;  // any thread
  std::uint64_t next();
  double unit();  // [0, 1)
  std::string hex(std::size_t bytes);
};

// From the operating system, for tokens and keys as well.
class SystemRandom final : public Random {
 public:
  void fill(void* out, std::size_t len) override;
};

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(void* out, std::size_t len) override;

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

}  // namespace jackfield
