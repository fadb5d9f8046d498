// What a Host holds: its channels, and the changes of them that are under way.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "host/channel.hpp"
#include "host/host.hpp"
#include "host/succession.hpp"
#include "net/io.hpp"

namespace jackfield::host {

struct Host::State : std::enable_shared_from_this<Host::State> {
  State(HostPorts host_ports, HostLimits host_limits)
      : ports(std::move(host_ports)),
        limits(host_limits),
        workers(std::make_shared<net::Workers>(2, 1024)),
        strand(ports.io.make_strand()) {}

  // host_changes.cpp
  std::shared_ptr<Channel> make(const ChannelConfig& config);
  void index_accounts();  // under the mutex
  void place(const std::string& name, const std::shared_ptr<Channel>& next);  // null: there is none any more
  void refused(const std::string& name, const std::string& why);
  std::shared_ptr<Succession> succession(std::shared_ptr<Channel> before, const ChannelConfig* wanted, Millis drain);
  std::shared_ptr<Succession> begun_by(Succession::Parts parts, const std::string& name);
  void step();  // [strand]

  std::shared_ptr<Channel> find(const std::string& name) const {
    std::lock_guard lock(mutex);
    const auto at = by_name.find(name);
    return at == by_name.end() ? nullptr : at->second;
  }
  std::vector<std::shared_ptr<Channel>> all() const {
    std::lock_guard lock(mutex);
    return channels;
  }
  // With those that come and go just now.
  std::vector<std::shared_ptr<Channel>> every() const {
    std::lock_guard lock(mutex);
    auto out = channels;
    for (const auto& succession : successions)
      for (const auto& channel : {succession->parts().before, succession->parts().next})
        if (channel && std::find(out.begin(), out.end(), channel) == out.end()) out.push_back(channel);
    return out;
  }

  const HostPorts ports;
  const HostLimits limits;
  std::shared_ptr<net::Workers> workers;
  const net::Strand strand;  // of changes
  std::function<void()> changed = [] {};
  net::TimerHandle next_step;
  mutable std::mutex mutex;
  std::vector<std::shared_ptr<Channel>> channels;  // in the order of the configuration
  std::map<std::string, std::shared_ptr<Channel>> by_name;
  std::map<std::pair<std::string, std::string>, std::string> by_account;  // (plugin, account) → channel
  std::vector<std::string> order;                                          // of the names in the configuration
  std::vector<std::shared_ptr<Succession>> successions;                    // under way
  bool stopped = false;
};

}  // namespace jackfield::host
