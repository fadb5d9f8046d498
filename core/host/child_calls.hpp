// What a connector's process asks of the host: its frames, checked and turned into calls of the HostSide, and what the
// host must remember for it: deliveries under ids of the host's, and bytes a stream had no room for. The process is
// taken for hostile: a frame that breaks a rule is refused, never acted upon. [strand]
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>

#include "host/frame.hpp"
#include "host/link.hpp"

namespace jackfield::host {

// Deliveries that may be open at once; past it the connector hears BUSY, in its own process.
inline constexpr std::size_t kDeliveryCredit = 1024;
inline constexpr std::size_t kStreamWindow = 1024 * 1024;  // bytes written and not yet in the socket's hands

class ChildCalls {
 public:
  using ToChild = std::function<void(std::string frame)>;
  explicit ChildCalls(ToChild to_child) : to_child_(std::move(to_child)) {}

  // False: the frame breaks the rules (or is none of these), and so does whoever sent it.
  bool take(HostSide& side, Frame& frame);

  // From the host, on their way to the process.
  void delivered(std::uint64_t ours, Status status);
  void stream_event(HostSide& side, net::StreamEvent event);

 private:
  struct Step {
    FrameType type = FrameType::stream_write;
    std::string bytes;
    bool verify = true;
  };

  bool deliver(HostSide& side, FrameReader& in, std::uint64_t id);
  bool webhook_reply(HostSide& side, FrameReader& in, std::uint64_t id);
  bool send_done(HostSide& side, FrameReader& in, std::uint64_t id);
  bool fetch_done(HostSide& side, FrameReader& in, std::uint64_t id);
  bool http(HostSide& side, FrameReader& in, std::uint64_t id);
  bool listen(HostSide& side, FrameReader& in, std::uint64_t id);
  bool connect(HostSide& side, FrameReader& in, std::uint64_t id);
  bool small_call(HostSide& side, FrameType type, FrameReader& in, std::uint64_t id);
  bool stream_step(HostSide& side, FrameReader& in, FrameType type, std::uint64_t id);
  bool step(HostSide& side, std::uint64_t id, const Step& what);  // false: there is no room yet
  void go_on(HostSide& side, std::uint64_t id);
  void unless_ok(std::uint64_t op, Status status);

  const ToChild to_child_;
  std::uint64_t next_delivery_ = 1;
  std::unordered_map<std::uint64_t, std::uint64_t> deliveries_;  // ours → the connector's
  std::unordered_map<std::uint64_t, std::deque<Step>> waiting_;  // of streams without room
};

// An answer to http(op), and a stream's event, as frames.
std::string frame_of(std::uint64_t op, const HttpOutcome& outcome);
std::string frame_of(const net::StreamEvent& event);

}  // namespace jackfield::host
