// The host's C tables, as a connector in this process sees them: checks and copies what comes in and calls the
// HostSide.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "host/link.hpp"
#include "jackfield/extensions.h"

namespace jackfield::host {

// Runs an offloaded function; Status::ok takes it.
using RunOffload = std::function<Status(std::uint64_t op, void (*work)(void*), void* arg)>;

// What jf_host_api.host points to. Any thread.
struct HostBridge {
  HostBridge(std::weak_ptr<HostSide> side, RunOffload offload);

  jf_host_api api;
  const std::weak_ptr<HostSide> side;
  const RunOffload offload;
  std::atomic<bool> closed{false};  // stop has returned: every later call answers STATE
};

// A thread of a misbehaving connector may call after its end: a bridge that was used is kept for the life of the
// process. There is one for each channel, not for each try to create an instance.
void retire(std::unique_ptr<HostBridge> bridge);

// --- between the C types and values
inline std::string_view view(jf_str text) {
  return text.data ? std::string_view(text.data, text.len) : std::string_view{};
}
inline std::string copy(jf_str text) { return std::string(view(text)); }
inline jf_str borrow(std::string_view text) { return {text.data(), text.size()}; }
Headers split_headers(std::string_view lines);
std::string join_headers(const Headers& headers);

}  // namespace jackfield::host
