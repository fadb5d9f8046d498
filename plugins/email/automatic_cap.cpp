#include "automatic_cap.hpp"

#include <algorithm>

#include "mail_envelope.hpp"

namespace jackfield::email {
namespace {

constexpr std::int64_t day_ms = 24 * 60 * 60 * 1000;
constexpr std::size_t most_addresses = 10000;

}  // namespace

bool AutomaticCap::admit(const std::string& address, std::string_view message_key, std::int64_t now_ms) {
  const std::string lower = lower_case(address);
  if (sent_.size() >= most_addresses && !sent_.contains(lower)) forget_old(now_ms);
  if (sent_.size() >= most_addresses && !sent_.contains(lower)) return false;
  std::deque<Sent>& sent = sent_[lower];
  while (!sent.empty() && now_ms - sent.front().at_ms >= day_ms) sent.pop_front();
  const bool again = std::any_of(sent.begin(), sent.end(), [&](const Sent& one) { return one.key == message_key; });
  if (again) return true;
  if (sent.size() >= most_) return false;
  sent.push_back({now_ms, std::string(message_key)});
  return true;
}

void AutomaticCap::forget_old(std::int64_t now_ms) {
  std::erase_if(
      sent_, [&](const auto& entry) { return entry.second.empty() || now_ms - entry.second.back().at_ms >= day_ms; });
}

}  // namespace jackfield::email
