// GET /2/activity/stream: events over a long-lived connection that we open, for hosts without a public address.
#pragma once

#include <deque>
#include <jackfield/jackfield.hpp>
#include <memory>
#include <string>
#include <vector>

#include "api.hpp"
#include "health.hpp"
#include "http_lines.hpp"
#include "intake.hpp"

namespace jackfield::twitter {

// On the strand. Up to two connections that say the same: when one is cut, the other goes on; the host knows what it
// has. Each comes back by itself, later and later, and asks for the minutes that it missed.
class ActivityStream {
 public:
  ActivityStream(sdk::Host& host, Api& api, Health& health, Intake& intake, unsigned connections);
  ~ActivityStream();

  void start();  // safe twice
  void stop();
  bool is_connected() const;
  // Nothing was connected for longer than X can make up for.
  sdk::Function<void()> on_gap;

 private:
  class Connection;
  struct Line {                              // one of the two
    std::shared_ptr<Connection> connection;  // null: not connected
    bool open = false;                       // the answer is 200
    unsigned failures = 0;
    std::uint64_t timer = 0;
    std::deque<std::string> backlog;  // events not stored yet
    std::size_t backlog_bytes = 0;
    bool delivering = false;
  };

  void connect(std::size_t which);
  void connect_with(std::size_t which, const std::string& token);
  void opened(std::size_t which);
  void event(std::size_t which, std::string_view line);
  void pump(std::size_t which);
  void try_later(std::size_t which);
  void closed(std::size_t which, int status, std::string_view headers, const std::string& why);
  void again(std::size_t which, std::int64_t wait_ms);
  std::string request(const std::string& token) const;

  sdk::Host& host_;
  Api& api_;
  Health& health_;
  Intake& intake_;
  std::vector<Line> lines_;
  std::string address_;  // of the API
  std::uint32_t port_ = 0, tls_ = 0;
  std::string host_header_, path_;
  std::int64_t last_heard_ms_ = 0;  // on any of them
  bool running_ = false;
};

}  // namespace jackfield::twitter
