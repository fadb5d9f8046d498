// What the streams and listeners of one set share: the way to the owner, and who is there.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "net/streams.hpp"
#include "net/tls.hpp"

namespace jackfield::net {

// A stream or a listener. All [any thread].
class StreamEnd {
 public:
  virtual ~StreamEnd() = default;
  virtual Result<void> grant(std::uint64_t credit) = 0;
  virtual Result<void> write(std::string bytes) = 0;
  virtual Result<void> start_tls(bool verify) = 0;
  virtual void close() = 0;  // orderly; a closed event follows
  virtual void abort() = 0;  // at once
};

class StreamHub {
 public:
  explicit StreamHub(std::function<void(StreamEvent)> on_event) : on_event_(std::move(on_event)) {}

  void emit(StreamEvent event);
  // No event begins after it returns, and none is under way but one that calls this.
  void silence();

  bool add(std::uint64_t id, std::shared_ptr<StreamEnd> end);  // false: the id is taken, or all were
  void forget(std::uint64_t id);
  std::shared_ptr<StreamEnd> find(std::uint64_t id) const;
  std::vector<std::shared_ptr<StreamEnd>> take_all();  // nobody is there any more

  std::uint64_t next_accepted_id() { return next_accepted_++; }
  std::shared_ptr<TlsContext> client_context();

 private:
  const std::function<void(StreamEvent)> on_event_;
  std::shared_mutex emitting_;  // shared while the owner is told
  std::atomic<bool> silent_{false};

  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::shared_ptr<StreamEnd>> ends_;
  bool taken_ = false;  // all were taken: the set is gone
  std::shared_ptr<TlsContext> client_context_;
  std::atomic<std::uint64_t> next_accepted_{(1ull << 63) + 1};
};

}  // namespace jackfield::net
