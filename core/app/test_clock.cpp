#include "app/test_clock.hpp"

#include <cstdlib>
#include <fstream>

namespace jackfield::app {
namespace {

// Reads the file every time: a test changes it while the daemon runs, and nobody else is in a hurry.
class ShiftedClock final : public Clock {
 public:
  explicit ShiftedClock(std::string file) : file_(std::move(file)) {}
  Time now() const override {
    std::int64_t ahead = 0;
    std::ifstream(file_) >> ahead;
    return real_.now() + Millis{ahead};
  }

 private:
  const SystemClock real_;
  const std::string file_;
};

}  // namespace

std::unique_ptr<Clock> make_clock() {
  const char* file = std::getenv("JACKFIELD_TEST_CLOCK");
  if (file && *file) return std::make_unique<ShiftedClock>(file);
  return std::make_unique<SystemClock>();
}

}  // namespace jackfield::app
