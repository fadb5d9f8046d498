#include "net/stream_hub.hpp"

namespace jackfield::net {

// The hub whose owner this thread is telling something: the owner may destroy its set from there.
static thread_local const StreamHub* telling = nullptr;

void StreamHub::emit(StreamEvent event) {
  std::shared_lock lock(emitting_);
  if (silent_) return;
  const StreamHub* before = std::exchange(telling, this);
  on_event_(std::move(event));
  telling = before;
}

void StreamHub::silence() {
  silent_ = true;
  if (telling == this) return;
  std::unique_lock wait_for_the_last(emitting_);
}

bool StreamHub::add(std::uint64_t id, std::shared_ptr<StreamEnd> end) {
  std::lock_guard lock(mutex_);
  return !taken_ && ends_.emplace(id, std::move(end)).second;
}

void StreamHub::forget(std::uint64_t id) {
  std::shared_ptr<StreamEnd> last;  // let go outside the lock
  std::lock_guard lock(mutex_);
  const auto found = ends_.find(id);
  if (found == ends_.end()) return;
  last = std::move(found->second);
  ends_.erase(found);
}

std::shared_ptr<StreamEnd> StreamHub::find(std::uint64_t id) const {
  std::lock_guard lock(mutex_);
  const auto found = ends_.find(id);
  return found == ends_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<StreamEnd>> StreamHub::take_all() {
  std::vector<std::shared_ptr<StreamEnd>> out;
  std::lock_guard lock(mutex_);
  taken_ = true;
  for (auto& [_, end] : ends_) out.push_back(std::move(end));
  ends_.clear();
  return out;
}

std::shared_ptr<TlsContext> StreamHub::client_context() {
  std::lock_guard lock(mutex_);
  if (!client_context_) client_context_ = client_tls();
  return client_context_;
}

}  // namespace jackfield::net
