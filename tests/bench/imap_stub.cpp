#include "imap_stub.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <vector>

namespace jackfield::bench {
namespace {

constexpr int look_ms = 50;  // whether to stop

void say(int connection, const std::string& text) { send(connection, text.data(), text.size(), MSG_NOSIGNAL); }

std::string reply_to(const std::string& tag, const std::string& command) {
  if (command.starts_with("CAPABILITY")) return "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN IDLE\r\n" + tag + " OK\r\n";
  if (command.starts_with("SELECT"))
    return "* 0 EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n* OK [UIDNEXT 1] ok\r\n" + tag + " OK [READ-WRITE] ok\r\n";
  return command.starts_with("IDLE") ? "+ idling\r\n" : tag + " OK\r\n";
}

}  // namespace

ImapStub::ImapStub() {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listener_, 512) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    throw std::runtime_error("the mailbox server cannot listen");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

ImapStub::~ImapStub() {
  stopping_ = true;
  thread_.join();
  for (const auto& [connection, text] : connections_) close(connection);
  close(listener_);
}

void ImapStub::run() {
  while (!stopping_) {
    std::vector<pollfd> ends{{listener_, POLLIN, 0}};
    for (const auto& [connection, text] : connections_) ends.push_back({connection, POLLIN, 0});
    if (poll(ends.data(), ends.size(), look_ms) <= 0) continue;
    for (const pollfd& end : ends) {
      if (end.revents == 0) continue;
      if (end.fd == listener_) {
        accept_one();
      } else if (!answer(end.fd)) {
        close(end.fd);
        connections_.erase(end.fd);
      }
    }
  }
}

void ImapStub::accept_one() {
  const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (connection < 0) return;
  connections_[connection];
  say(connection, "* OK here\r\n");
}

bool ImapStub::answer(int connection) {
  char bytes[4096];
  const ssize_t count = recv(connection, bytes, sizeof bytes, 0);
  if (count <= 0) return false;
  std::string& text = connections_[connection].append(bytes, static_cast<std::size_t>(count));
  for (auto end = text.find("\r\n"); end != std::string::npos; end = text.find("\r\n")) {
    const auto space = text.find(' ');
    const std::string command = text.substr(space + 1, end - space - 1);
    say(connection, reply_to(text.substr(0, space), command));
    if (command == "IDLE") ++idle_;
    text.erase(0, end + 2);
  }
  return true;
}

}  // namespace jackfield::bench
