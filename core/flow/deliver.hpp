// Deliver: takes what is due from the outbox, hands it to connectors, and writes down how it ended.
//
// The order of things is the promise: in flight is committed before the connector is called; the outcome is committed before the
// place in the lane is free. State in memory (open tokens, pauses, rates) is only about sends under way.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>

#include "flow/environment.hpp"
#include "host/port.hpp"
#include "net/io.hpp"
#include "store/committer.hpp"
#include "store/store.hpp"

namespace jackfield::flow {

// So many per second, with a burst.
class RateLimit {
 public:
  RateLimit(double per_second, int burst) : per_second_(per_second), burst_(burst < 1 ? 1 : burst), tokens_(burst_) {}
  std::size_t available(Time now);
  // What is left of the burst stays left.
  void change(double per_second, int burst) {
    per_second_ = per_second;
    burst_ = burst < 1 ? 1 : burst;
    tokens_ = last_ == Time{} ? burst_ : std::min(tokens_, burst_);
  }
  void take(std::size_t n) { tokens_ -= static_cast<double>(n); }
  Millis until_next() const;  // until one more is available

 private:
  double per_second_;  // 0: no limit
  double burst_;
  double tokens_;
  Time last_{};
};

class Deliver : public std::enable_shared_from_this<Deliver> {
 public:
  using EnvironmentSource = std::function<std::shared_ptr<const Environment>()>;
  struct Counters {
    std::atomic<std::uint64_t> sends{0}, retries{0}, rejected{0}, unknown{0};
  };

  Deliver(net::IoContext& io, store::Committer& committer, store::Store& store, EnvironmentSource environment, Counters& counters);
  ~Deliver();

  // What was in flight when the last process ended may have been sent: unknown, unless the channel resends. Blocking, at start.
  Result<void> recover();
  void start(host::ConnectorPort& host);  // host must outlive stop()
  void stop();                   // begins no send any more; what is claimed and not handed over goes back
  // After stop() and the host's: until all that was claimed has gone back or its outcome is with the committer, at most
  // that long. Not from an io thread.
  void settle(Millis patience);

  // [any thread]
  void configured();  // another configuration is in force: lanes come, change and go
  void clock_went_back();  // nothing is put off by it
  void wake(const std::string& channel);  // its outbox changed
  void send_done(const std::string& channel, host::SendResult result);
  void send_note(const std::string& channel, std::uint64_t token, std::vector<std::string> provider_ids,
                 std::function<void(Result<void>)> done);
  void capacity(const std::string& channel, std::uint32_t open_sends);

 private:
  struct Lane;       // one channel's sending
  struct Claimed;    // an entry taken from the outbox
  struct OpenSend {
    Id message;
    std::string channel, recipient;
  };

  void make_lanes();
  Lane* lane(const std::string& channel);
  void pump(Lane& lane);
  void claim(Lane& lane, std::size_t most);
  void claimed(const std::string& channel, std::vector<Claimed> entries, bool failed, std::size_t asked);
  std::vector<std::string> references_of(const Lane& lane, Id conversation);
  void hand_over(Lane& lane, Claimed entry);
  void give_back(std::vector<Claimed> entries);
  void finish(const host::SendResult& result);
  void pause(Lane& lane, const OpenSend& open, const host::SendResult& result);
  void write_outcome(std::shared_ptr<const OpenSend> open, std::shared_ptr<const host::SendResult> result);
  void wake_at(Lane& lane, Time at);
  void arm(Lane& lane);

  net::IoContext& io_;
  store::Committer& committer_;
  store::Store& store_;
  EnvironmentSource environment_;
  Counters& counters_;
  net::Strand strand_;
  std::unique_ptr<store::Reader> reader_;
  host::ConnectorPort* host_ = nullptr;
  std::map<std::string, std::unique_ptr<Lane>> lanes_;
  std::unordered_map<std::uint64_t, OpenSend> open_;
  std::uint64_t last_token_ = 0;
  bool stopped_ = true;
};

}  // namespace jackfield::flow
