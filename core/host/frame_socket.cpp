#include "host/frame_socket.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace jackfield::host {

Frame FrameSocket::read() {
  for (;;) {
    auto next = decoder_.next();
    if (!next) ::_exit(3);
    if (*next) return std::move(**next);
    const ssize_t n = ::recv(fd_, bytes_.data(), bytes_.size(), 0);
    if (n == 0) ::_exit(0);
    if (n < 0 && errno != EINTR) ::_exit(3);
    if (n > 0) decoder_.add({bytes_.data(), static_cast<std::size_t>(n)});
  }
}

void FrameSocket::write(const std::string& frame) {
  std::lock_guard lock(mutex_);
  std::string_view left = frame;
  while (!left.empty()) {
    const ssize_t n = ::send(fd_, left.data(), left.size(), MSG_NOSIGNAL);
    if (n < 0 && errno != EINTR) ::_exit(3);
    if (n > 0) left.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace jackfield::host
