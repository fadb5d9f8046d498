#include "host/open_tokens.hpp"

#include <utility>

namespace jackfield::host {
namespace {
constexpr std::size_t kRemembered = 512;
}

bool OpenTokens::open(std::uint64_t token) {
  std::lock_guard lock(mutex_);
  return open_.try_emplace(token).second;
}

bool OpenTokens::is_open(std::uint64_t token) const {
  std::lock_guard lock(mutex_);
  return open_.contains(token);
}

void OpenTokens::set_timer(std::uint64_t token, net::TimerHandle timer) {
  {
    std::lock_guard lock(mutex_);
    const auto at = open_.find(token);
    if (at != open_.end()) std::swap(at->second, timer);
  }
  timer.cancel();
}

bool OpenTokens::close(std::uint64_t token, const char* how) {
  net::TimerHandle timer;
  {
    std::lock_guard lock(mutex_);
    const auto at = open_.find(token);
    if (at == open_.end()) return false;
    timer = std::move(at->second);
    open_.erase(at);
    remember(token, how);
  }
  timer.cancel();
  return true;
}

std::vector<std::uint64_t> OpenTokens::close_all(const char* how) {
  std::unordered_map<std::uint64_t, net::TimerHandle> closed;
  std::vector<std::uint64_t> out;
  {
    std::lock_guard lock(mutex_);
    closed.swap(open_);
    for (const auto& [token, timer] : closed) remember(token, how);
  }
  for (auto& [token, timer] : closed) {
    timer.cancel();
    out.push_back(token);
  }
  return out;
}

std::string OpenTokens::how_ended(std::uint64_t token) const {
  std::lock_guard lock(mutex_);
  const auto at = ended_.find(token);
  return at == ended_.end() ? "was never given out, or long ago" : at->second;
}

std::size_t OpenTokens::size() const {
  std::lock_guard lock(mutex_);
  return open_.size();
}

void OpenTokens::remember(std::uint64_t token, const char* how) {
  if (ended_.insert_or_assign(token, how).second) ended_order_.push_back(token);
  if (ended_order_.size() <= kRemembered) return;
  ended_.erase(ended_order_.front());
  ended_order_.pop_front();
}

}  // namespace jackfield::host
