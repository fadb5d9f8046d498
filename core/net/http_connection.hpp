// What the connections of one server share, and what the server asks of a connection.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "net/http_server.hpp"

namespace jackfield::net {

// A connection, HTTP or WebSocket. It lives while an operation, a responder or a WebSocket handle holds it.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Steady = std::chrono::steady_clock;

  virtual ~Connection() = default;
  virtual void abort() = 0;   // [any] closes it without ceremony
  virtual void expire() = 0;  // [any] its deadline may have passed

  bool overdue(Steady::time_point now) const {
    const auto at = deadline_.load(std::memory_order_relaxed);
    return at != 0 && now.time_since_epoch().count() >= at;
  }

 protected:
  // A store instead of a timer: the server looks at all of them a few times a second.
  void set_deadline(Millis wait) {
    deadline_.store((Steady::now() + wait).time_since_epoch().count(), std::memory_order_relaxed);
  }
  void no_deadline() { deadline_.store(0, std::memory_order_relaxed); }

 private:
  std::atomic<Steady::rep> deadline_{0};
};

class ServerCore {
 public:
  HttpServerLimits limits;
  HttpServer::Handler handler;
  HttpServer::BodyLimit body_limit;

  std::atomic<std::uint64_t> accepted{0}, refused{0}, requests{0}, timeouts{0};
  std::atomic<bool> stopping{false};

  // A listener is kept like a connection, so that a stop can wait for it, but is not counted as one.
  void add(const std::shared_ptr<Connection>& connection, bool counted = true);
  void remove(const Connection* connection);  // harmless twice
  std::vector<std::shared_ptr<Connection>> connections() const;
  std::size_t open_connections() const;
  bool wait_until_empty(Millis most) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable emptied_;
  struct Entry {
    std::weak_ptr<Connection> connection;
    bool counted = true;
  };
  std::unordered_map<const Connection*, Entry> connections_;
  std::size_t counted_ = 0;
};

}  // namespace jackfield::net
