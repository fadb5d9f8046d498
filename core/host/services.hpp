// What the host does for one connector, one class a job. [any thread]; answers come through the link on the strand.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "host/channel_context.hpp"
#include "host/open_ops.hpp"

namespace jackfield::net {
class StreamSet;
}

namespace jackfield::host {

class KvService {
 public:
  explicit KvService(ChannelContext& context, OpenOps& ops) : context_(context), ops_(ops) {}
  Status get(std::uint64_t op, std::string key);
  Status cas(std::uint64_t op, std::string key, std::string expected, std::string value);

 private:
  ChannelContext& context_;
  OpenOps& ops_;
};

// Durable timers are the flow's, which fires them through Host::timer; the others run here.
class TimerService {
 public:
  explicit TimerService(ChannelContext& context) : context_(context) {}
  Status set(std::uint64_t timer, std::int64_t at_ms, bool durable, std::string payload);
  Status cancel(std::uint64_t timer);
  void end_instance();  // no timer of this process fires for it any more, and none of those that fired is dealt with
  void durable_fired(std::uint64_t timer);
  void durable_done(std::uint64_t timer);  // the connector has returned; others than those that fired are nobody's

 private:
  struct Volatile {
    net::TimerHandle handle;
    std::uint64_t serial = 0;
    std::string payload;
  };
  bool drop_volatile(std::uint64_t timer);
  bool drop_durable(std::uint64_t timer);
  Status set_durable(std::uint64_t timer, Time at, std::string payload);
  Status set_volatile(std::uint64_t timer, Time at, std::string payload);
  void fired(std::uint64_t timer, std::uint64_t serial);

  ChannelContext& context_;
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, Volatile> volatile_;
  std::unordered_set<std::uint64_t> durable_;  // set by this process and not fired yet
  std::unordered_set<std::uint64_t> fired_;    // durable ones that the connector has not returned from
  std::uint64_t next_serial_ = 1;
};

class HttpService {
 public:
  // The origin of the setting api_url may be private.
  HttpService(ChannelContext& context, std::string exempt_origin);
  Status submit(std::uint64_t op, HttpOrder order);
  void forget_all() { ops_.forget_all(); }

 private:
  void store_body(std::uint64_t op, std::uint64_t ticket, HttpOutcome outcome);
  void answer(std::uint64_t op, std::uint64_t ticket, HttpOutcome outcome);

  ChannelContext& context_;
  const std::string exempt_origin_;
  OpenOps ops_;
};

class BlobService {
 public:
  BlobService(ChannelContext& context, OpenOps& ops) : context_(context), ops_(ops) {}
  Status read(std::uint64_t op, std::string id, std::uint64_t offset, std::uint64_t most);

 private:
  ChannelContext& context_;
  OpenOps& ops_;
};

class StreamService {
 public:
  explicit StreamService(ChannelContext& context) : context_(context) {}
  // The set, made at the first use; null once shut.
  std::shared_ptr<net::StreamSet> set();
  bool used() const;  // there may be a stream
  void close_all();  // no event of theirs afterwards
  void shut();       // for good

 private:
  ChannelContext& context_;
  mutable std::mutex mutex_;
  std::shared_ptr<net::StreamSet> set_;
  bool shut_ = false;
};

// The connector's own numbers.
class MetricService {
 public:
  bool record(bool gauge, std::string_view name, double value);  // false: not a name, or too many
  std::vector<std::pair<std::string, double>> all() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, double, std::less<>> values_;
};

}  // namespace jackfield::host
