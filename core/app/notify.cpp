#include "app/notify.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace jackfield::app {
namespace {

std::string taken_from_environment(const char* name) {
  const char* value = std::getenv(name);
  std::string out = value == nullptr ? "" : value;
  unsetenv(name);
  return out;
}

long long number(const std::string& text) {
  long long out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

}  // namespace

Notify::Notify() : address_(taken_from_environment("NOTIFY_SOCKET")) {
  const auto pid = taken_from_environment("WATCHDOG_PID");
  const auto microseconds = number(taken_from_environment("WATCHDOG_USEC"));
  const bool is_path = !address_.empty() && (address_[0] == '/' || address_[0] == '@');
  if (!is_path || address_.size() >= sizeof(sockaddr_un::sun_path)) return;
  socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (pid.empty() || number(pid) == getpid()) interval_ = Millis{microseconds / 2000};
}

Notify::~Notify() {
  if (socket_ >= 0) close(socket_);
}

void Notify::tell(std::string_view lines) const {
  if (socket_ < 0) return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  if (to.sun_path[0] == '@') to.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  sendto(socket_, lines.data(), lines.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to), size);
}

}  // namespace jackfield::app
