#include "peer_limits.hpp"

namespace jackfield::email {
namespace {

constexpr std::size_t most_peers = 10000;  // remembered

std::string address_of(std::string_view peer) { return std::string(peer.substr(0, peer.rfind(':'))); }

}  // namespace

bool PeerLimits::admit(std::string_view peer, std::int64_t now_ms) {
  const std::int64_t minute = now_ms / 60000;
  if (peers_.size() >= most_peers) forget_old(minute);
  Peer& its = peers_[address_of(peer)];
  if (its.minute != minute) its = {its.open, 0, minute};
  if (at_once_ != 0 && its.open >= at_once_) return false;
  if (a_minute_ != 0 && its.begun >= a_minute_) return false;
  ++its.open;
  ++its.begun;
  return true;
}

void PeerLimits::release(std::string_view peer) {
  const auto found = peers_.find(address_of(peer));
  if (found == peers_.end() || found->second.open == 0) return;
  if (--found->second.open == 0 && a_minute_ == 0) peers_.erase(found);
}

void PeerLimits::forget_old(std::int64_t minute) {
  std::erase_if(peers_, [&](const auto& entry) { return entry.second.open == 0 && entry.second.minute != minute; });
}

}  // namespace jackfield::email
