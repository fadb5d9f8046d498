// How many connections an address may have: at once, and new ones in a minute. Pure; one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace jackfield::email {

class PeerLimits {
 public:
  // Of one address; 0: no limit.
  PeerLimits(std::uint32_t at_once, std::uint32_t a_minute) : at_once_(at_once), a_minute_(a_minute) {}

  // May this peer ("192.0.2.1:5000") have one more? If so it counts until release.
  bool admit(std::string_view peer, std::int64_t now_ms);
  void release(std::string_view peer);
  std::size_t held() const { return peers_.size(); }

 private:
  struct Peer {
    std::uint32_t open = 0, begun = 0;  // begun: within the minute
    std::int64_t minute = 0;
  };
  void forget_old(std::int64_t minute);

  std::uint32_t at_once_, a_minute_;
  std::unordered_map<std::string, Peer> peers_;
};

}  // namespace jackfield::email
