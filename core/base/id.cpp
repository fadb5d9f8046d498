#include "base/id.hpp"

namespace jackfield {
namespace {

constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::int64_t kEpochMs = 1704067200000;  // 2024-01-01T00:00:00Z
constexpr std::size_t kWidth = 13;                // 13 × 5 bits hold 63

int value_of(char c) {
  const auto at = kAlphabet.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

std::string to_string(Id id) {
  std::string out(kWidth, '0');
  auto rest = static_cast<std::uint64_t>(id.value);
  for (std::size_t i = kWidth; i-- > 0; rest >>= 5) out[i] = kAlphabet[rest & 31];
  return out;
}

std::optional<Id> parse_id(std::string_view text) {
  if (text.size() != kWidth || value_of(text[0]) > 7) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    const int digit = value_of(c);
    if (digit < 0) return std::nullopt;
    value = value << 5 | static_cast<std::uint64_t>(digit);
  }
  if (value >> 63) return std::nullopt;
  return Id{static_cast<std::int64_t>(value)};
}

Id IdSource::next() {
  const std::int64_t now = (to_ms(clock_.now()) - kEpochMs) << 12;
  std::lock_guard lock(mutex_);
  ticks_ = now > ticks_ ? now : ticks_ + 1;
  // The counter spills into the milliseconds: more than 4096 ids in one borrow from the next.
  return Id{(ticks_ >> 12) << 22 | static_cast<std::int64_t>(node_) << 12 | (ticks_ & 0xfff)};
}

void IdSource::start_after(Id last) {
  const std::int64_t ticks = (last.value >> 22) << 12 | (last.value & 0xfff);
  std::lock_guard lock(mutex_);
  if (ticks > ticks_) ticks_ = ticks;
}

}  // namespace jackfield
