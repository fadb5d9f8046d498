#include "base/random.hpp"

#include <openssl/rand.h>

#include <cstring>
#include <stdexcept>

#include "base/crypto.hpp"

namespace jackfield {

std::uint64_t Random::next() {
  std::uint64_t value = 0;
  fill(&value, sizeof value);
  return value;
}

double Random::unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

std::string Random::hex(std::size_t bytes) {
  std::string raw(bytes, '\0');
  fill(raw.data(), raw.size());
  return to_hex(raw.data(), raw.size());
}

void SystemRandom::fill(void* out, std::size_t len) {
  if (RAND_bytes(static_cast<unsigned char*>(out), static_cast<int>(len)) != 1)
    throw std::runtime_error("no randomness from the operating system");
}

void SeededRandom::fill(void* out, std::size_t len) {
  std::lock_guard lock(mutex_);
  auto* bytes = static_cast<unsigned char*>(out);
  while (len > 0) {
    const std::uint64_t word = engine_();
    const std::size_t n = len < sizeof word ? len : sizeof word;
    std::memcpy(bytes, &word, n);
    bytes += n;
    len -= n;
  }
}

}  // namespace jackfield
