// What the services of one channel share. Constant after the channel is made, but for the counters. Any thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "host/link.hpp"
#include "net/io.hpp"

namespace jackfield::host {

struct ChannelContext {
  ChannelContext(std::string channel_name, const HostPorts& host_ports, const HostLimits& host_limits,
                 std::shared_ptr<net::Workers> shared_workers)
      : name(std::move(channel_name)),
        part("channel/" + name),
        ports(host_ports),
        limits(host_limits),
        strand(host_ports.io.make_strand()),
        workers(std::move(shared_workers)) {}

  const std::string name;
  const std::string part;  // for the log
  const HostPorts ports;
  const HostLimits limits;
  const net::Strand strand;
  const std::shared_ptr<net::Workers> workers;
  std::shared_ptr<Link> link;  // set once, before anything runs; its calls do nothing without an instance
  std::weak_ptr<void> owner;   // the channel, which has this and all services

  // A callback that outlives nothing: it does nothing once the channel is gone, and keeps it while it runs.
  template <class F>
  auto while_alive(F callback) {
    return [weak = owner, callback = std::move(callback)](auto&&... args) mutable {
      if (const auto keep = weak.lock()) callback(std::forward<decltype(args)>(args)...);
    };
  }
  void post(std::function<void()> call) {
    strand.post(while_alive([call = std::move(call)] { call(); }));
  }
  void to_connector(std::function<void(Link&)> call) {
    strand.post(while_alive([this, call = std::move(call)] { call(*link); }));
  }
};

}  // namespace jackfield::host
