#include "host/services.hpp"

#include <algorithm>

#include "net/streams.hpp"

namespace jackfield::host {
namespace {

constexpr std::size_t kMostKeyBytes = 512;
constexpr std::size_t kMostValueBytes = 1024 * 1024;
constexpr std::size_t kMostTimers = 10'000;
constexpr std::size_t kMostMetrics = 100;
constexpr std::uint64_t kMostBlobRead = 1024 * 1024;

}  // namespace

// ------------------------------------------------------------ key-value

Status KvService::get(std::uint64_t op, std::string key) {
  if (key.empty() || key.size() > kMostKeyBytes) return Status::invalid;
  std::uint64_t ticket = 0;
  if (const auto status = ops_.open(op, ticket); status != Status::ok) return status;
  context_.ports.flow.kv_get(context_.name, std::move(key),
                             context_.while_alive([this, op, ticket](Result<std::string> got) {
                               context_.to_connector([this, op, ticket, got = std::move(got)](Link& link) {
                                 if (ops_.close(op, ticket))
                                   link.complete(op, status_of(got), got ? *got : std::string{});
                               });
                             }));
  return Status::ok;
}

Status KvService::cas(std::uint64_t op, std::string key, std::string expected, std::string value) {
  if (key.empty() || key.size() > kMostKeyBytes || value.size() > kMostValueBytes) return Status::invalid;
  std::uint64_t ticket = 0;
  if (const auto status = ops_.open(op, ticket); status != Status::ok) return status;
  context_.ports.flow.kv_cas(context_.name, std::move(key), std::move(expected), std::move(value),
                             context_.while_alive([this, op, ticket](Result<void> done) {
                               const auto status = status_of(done);
                               context_.to_connector([this, op, ticket, status](Link& link) {
                                 if (ops_.close(op, ticket)) link.complete(op, status, "");
                               });
                             }));
  return Status::ok;
}

// --------------------------------------------------------------- timers

Status TimerService::set(std::uint64_t timer, std::int64_t at_ms, bool durable, std::string payload) {
  if (timer >= kHostIds || payload.size() > kMostValueBytes) return Status::invalid;
  const Time at = time_from_ms(at_ms);
  return durable ? set_durable(timer, at, std::move(payload)) : set_volatile(timer, at, std::move(payload));
}

Status TimerService::set_durable(std::uint64_t timer, Time at, std::string payload) {
  drop_volatile(timer);
  {
    std::lock_guard lock(mutex_);
    if (durable_.size() >= kMostTimers && !durable_.contains(timer)) return Status::busy;
    durable_.insert(timer);
  }
  context_.ports.flow.timer_set(context_.name, timer, at, std::move(payload));
  return Status::ok;
}

Status TimerService::set_volatile(std::uint64_t timer, Time at, std::string payload) {
  const Millis wait = std::max(at - context_.ports.clock.now(), Millis{0});
  if (drop_durable(timer)) context_.ports.flow.timer_cancel(context_.name, timer);
  std::lock_guard lock(mutex_);
  if (volatile_.size() >= kMostTimers && !volatile_.contains(timer)) return Status::busy;
  auto& entry = volatile_[timer];
  entry.handle.cancel();
  entry.serial = next_serial_++;
  entry.payload = std::move(payload);
  entry.handle = context_.ports.io.after(
      wait, context_.strand, context_.while_alive([this, timer, serial = entry.serial] { fired(timer, serial); }));
  return Status::ok;
}

// On the strand. A timer that was moved or cancelled meanwhile has another serial or none.
void TimerService::fired(std::uint64_t timer, std::uint64_t serial) {
  std::string payload;
  net::TimerHandle handle;
  {
    std::lock_guard lock(mutex_);
    const auto at = volatile_.find(timer);
    if (at == volatile_.end() || at->second.serial != serial) return;
    payload = std::move(at->second.payload);
    handle = std::move(at->second.handle);
    volatile_.erase(at);
  }
  context_.link->timer(timer, std::move(payload));
}

Status TimerService::cancel(std::uint64_t timer) {
  if (drop_volatile(timer)) return Status::ok;
  // It may be one that an earlier process set.
  drop_durable(timer);
  context_.ports.flow.timer_cancel(context_.name, timer);
  return Status::ok;
}

void TimerService::end_instance() {
  std::unordered_map<std::uint64_t, Volatile> all;
  {
    std::lock_guard lock(mutex_);
    all.swap(volatile_);
    fired_.clear();
  }
  for (auto& [timer, entry] : all) entry.handle.cancel();
}

void TimerService::durable_fired(std::uint64_t timer) {
  std::lock_guard lock(mutex_);
  durable_.erase(timer);
  fired_.insert(timer);
}

void TimerService::durable_done(std::uint64_t timer) {
  {
    std::lock_guard lock(mutex_);
    if (fired_.erase(timer) == 0) return;
  }
  context_.ports.flow.timer_done(context_.name, timer);
}

bool TimerService::drop_volatile(std::uint64_t timer) {
  net::TimerHandle handle;
  {
    std::lock_guard lock(mutex_);
    const auto at = volatile_.find(timer);
    if (at == volatile_.end()) return false;
    handle = std::move(at->second.handle);
    volatile_.erase(at);
  }
  handle.cancel();
  return true;
}

bool TimerService::drop_durable(std::uint64_t timer) {
  std::lock_guard lock(mutex_);
  return durable_.erase(timer) != 0;
}

// ---------------------------------------------------------------- blobs

Status BlobService::read(std::uint64_t op, std::string id, std::uint64_t offset, std::uint64_t most) {
  std::uint64_t ticket = 0;
  if (const auto status = ops_.open(op, ticket); status != Status::ok) return status;
  const auto bounded = std::min(most, kMostBlobRead);
  const bool taken =
      context_.workers->submit(context_.while_alive([this, op, ticket, id = std::move(id), offset, bounded] {
        auto got = context_.ports.blobs.read(id, offset, bounded);
        context_.to_connector([this, op, ticket, got = std::move(got)](Link& link) {
          if (ops_.close(op, ticket)) link.complete(op, status_of(got), got ? *got : std::string{});
        });
      }));
  if (!taken) ops_.close(op, ticket);
  return taken ? Status::ok : Status::busy;
}

// -------------------------------------------------------------- streams

std::shared_ptr<net::StreamSet> StreamService::set() {
  std::lock_guard lock(mutex_);
  if (!set_ && !shut_) {
    set_ = context_.ports.streams.make_set(context_.while_alive([this](net::StreamEvent event) {
      context_.to_connector([event = std::move(event)](Link& link) mutable { link.stream_event(std::move(event)); });
    }));
  }
  return set_;
}

bool StreamService::used() const {
  std::lock_guard lock(mutex_);
  return set_ != nullptr;
}

void StreamService::close_all() {
  std::shared_ptr<net::StreamSet> gone;  // closes outside the lock
  std::lock_guard lock(mutex_);
  gone.swap(set_);
}

void StreamService::shut() {
  {
    std::lock_guard lock(mutex_);
    shut_ = true;
  }
  close_all();
}

// -------------------------------------------------------------- metrics

bool MetricService::record(bool gauge, std::string_view name, double value) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (name.empty() || name.size() > 64 || !std::all_of(name.begin(), name.end(), fits)) return false;
  std::lock_guard lock(mutex_);
  auto at = values_.find(name);
  if (at == values_.end()) {
    if (values_.size() >= kMostMetrics) return false;
    at = values_.emplace(name, 0.0).first;
  }
  at->second = gauge ? value : at->second + value;
  return true;
}

std::vector<std::pair<std::string, double>> MetricService::all() const {
  std::lock_guard lock(mutex_);
  return {values_.begin(), values_.end()};
}

}  // namespace jackfield::host
