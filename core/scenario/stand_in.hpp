// Stands in for all connectors: takes what is sent and answers as the story says its provider does.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "host/port.hpp"

namespace jackfield::scenario {

enum class Behaviour : std::uint8_t { accepts, refuses, fails, loses, keeps_silent };

// What left to a customer.
struct Left {
  std::string channel, to, text;
  std::string message;  // its id
  std::string provider_id;
  bool automatic = false;
};

// [any thread]
class StandIn final : public host::ConnectorPort {
 public:
  // Whom it answers; null: nobody, the daemon is down.
  void serve(host::FlowPort* flow);
  // From now on; again_after: what it says to wait when it fails.
  void behave(const std::string& channel, Behaviour behaviour, Millis again_after);
  // What providers have not answered is given up, as by a daemon that stops.
  void give_up_open();
  void forget_open();  // as by one that crashed

  std::vector<Left> left() const;
  std::size_t asked() const;  // how often a send was asked for

  void send(const std::string& channel, host::SendRequest request) override;
  void timer(const std::string&, std::uint64_t, std::string) override {}
  void fetch_media(const std::string& channel, std::uint64_t token, std::string part) override;
  void replay(const std::string&, std::string raw, std::function<void(Result<std::string>)> done) override;
  void signal(const std::string&, std::string, std::function<void(Result<void>)> done) override { done({}); }
  void preview(const std::string&, std::string, std::function<void(Result<std::string>)> done) override;
  std::string sibling(const std::string& channel, const std::string& account) const override;

 private:
  struct Open {
    std::uint64_t token;
    Left left;
  };
  struct Manner {
    Behaviour behaviour = Behaviour::accepts;
    Millis again_after{0};
  };

  mutable std::mutex mutex_;
  host::FlowPort* flow_ = nullptr;
  std::map<std::string, Manner> manners_;
  std::vector<Open> open_;
  std::vector<Left> left_;
  std::size_t asked_ = 0;
};

}  // namespace jackfield::scenario
