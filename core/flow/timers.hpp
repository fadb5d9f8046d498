// Timers are rows: those of connectors, the jobs that fetch media, and snoozes, callbacks. This waits for the earliest
// and fires what is due. A timer that fired is leased for a while, not removed: when the process ends before it was
// dealt with, it fires again.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "flow/environment.hpp"
#include "host/port.hpp"
#include "net/io.hpp"
#include "store/committer.hpp"
#include "store/media_store.hpp"

namespace jackfield::flow {

class Timers : public std::enable_shared_from_this<Timers> {
 public:
  using EnvironmentSource = std::function<std::shared_ptr<const Environment>()>;

  Timers(net::IoContext& io, store::Committer& committer, store::MediaStore& media, EnvironmentSource environment);

  void start(host::ConnectorPort& host);  // host must outlive stop()
  void stop();

  // [any thread]
  void wake_by(Time at);  // a timer for that time was stored
  void set(const std::string& channel, std::uint64_t timer, Time at, std::string payload);
  void cancel(const std::string& channel, std::uint64_t timer);
  void done(const std::string& channel, std::uint64_t timer);  // the connector has returned from it
  void fetch_done(const std::string& channel, host::FetchResult result);

 private:
  struct Fired;
  void arm(Time at);
  void run();
  void fire(std::vector<Fired> fired);
  void remove_connector_timer(const std::string& channel, const std::string& key, Time lease);

  net::IoContext& io_;
  store::Committer& committer_;
  store::MediaStore& media_;
  EnvironmentSource environment_;
  net::Strand strand_;
  net::TimerHandle timer_;
  Time armed_{};
  bool running_ = false;
  bool stopped_ = true;
  host::ConnectorPort* host_ = nullptr;
  std::uint64_t last_token_ = 0;
  std::unordered_map<std::uint64_t, std::string> fetches_;  // token -> key of the job
  std::map<std::pair<std::string, std::string>, Time> leases_;  // connectors' timers that fired, by channel and key
};

}  // namespace jackfield::flow
