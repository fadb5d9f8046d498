#include "app/notify.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace jackfield::app {
namespace {

// Stands in for systemd, at an abstract address of its own.
class Listener {
 public:
  Listener() : name_("@jackfield-notify-test-" + std::to_string(getpid())) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::memcpy(at.sun_path + 1, name_.data() + 1, name_.size() - 1);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&at), size), 0);
  }
  ~Listener() { close(socket_); }
  const char* name() const { return name_.c_str(); }
  std::string heard() const {
    char text[256];
    const auto size = recv(socket_, text, sizeof text, MSG_DONTWAIT);
    return size < 0 ? "nothing" : std::string(text, static_cast<std::size_t>(size));
  }

 private:
  int socket_ = socket(AF_UNIX, SOCK_DGRAM, 0);
  std::string name_;
};

TEST(Notify, TellsTheSocketThatTheEnvironmentNames) {
  const Listener listener;
  setenv("NOTIFY_SOCKET", listener.name(), 1);
  const Notify notify;
  notify.tell("READY=1\nSTATUS=fine");
  EXPECT_EQ(listener.heard(), "READY=1\nSTATUS=fine");
}

TEST(Notify, PingsTwiceAsOftenAsSystemdWaits) {
  const Listener listener;
  setenv("NOTIFY_SOCKET", listener.name(), 1);
  setenv("WATCHDOG_USEC", "30000000", 1);
  setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  EXPECT_EQ(Notify().watchdog_interval(), Millis{15000});
}

TEST(Notify, AWatchdogOfAnotherProcessIsNotOurs) {
  const Listener listener;
  setenv("NOTIFY_SOCKET", listener.name(), 1);
  setenv("WATCHDOG_USEC", "30000000", 1);
  setenv("WATCHDOG_PID", "1", 1);
  EXPECT_EQ(Notify().watchdog_interval(), Millis{0});
}

TEST(Notify, ChildrenDoNotInheritTheSocket) {
  const Listener listener;
  setenv("NOTIFY_SOCKET", listener.name(), 1);
  const Notify notify;
  EXPECT_EQ(std::getenv("NOTIFY_SOCKET"), nullptr);
}

TEST(Notify, WithoutSystemdNothingIsSent) {
  unsetenv("NOTIFY_SOCKET");
  setenv("WATCHDOG_USEC", "30000000", 1);
  const Notify notify;
  notify.tell("READY=1");
  EXPECT_EQ(notify.watchdog_interval(), Millis{0});
}

TEST(Notify, ASocketThatIsNotThereDisturbsNobody) {
  setenv("NOTIFY_SOCKET", "/nonexistent/socket", 1);
  Notify().tell("READY=1");
}

}  // namespace
}  // namespace jackfield::app
