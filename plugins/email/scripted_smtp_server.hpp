// For tests: an SMTP server on loopback that says what it is told to, one connection after the other.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace jackfield::email {

class ScriptedSmtpServer {
 public:
  // Answers by verb ("RCPT" -> "550 5.1.1 no"), "" for the greeting, "." for the end of DATA. An empty answer closes
  // the connection instead. "250 ok" (354, 221) where nothing is said.
  explicit ScriptedSmtpServer(std::map<std::string, std::string> answers) : answers_(std::move(answers)) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    listen(listener_, 8);
    socklen_t length = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~ScriptedSmtpServer() {
    shutdown(listener_, SHUT_RDWR);
    {
      const std::lock_guard lock(mutex_);
      if (connection_ >= 0) shutdown(connection_, SHUT_RDWR);
    }
    thread_.join();
    close(listener_);
  }

  std::string url() const { return "smtp://127.0.0.1:" + std::to_string(port_); }
  unsigned port() const { return port_; }
  std::vector<std::string> mails() {
    const std::lock_guard lock(mutex_);
    return mails_;
  }
  std::vector<std::string> commands() {
    const std::lock_guard lock(mutex_);
    return commands_;
  }
  int connections() {
    const std::lock_guard lock(mutex_);
    return connections_;
  }

 private:
  void run() {
    for (;;) {
      const int connection = accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      {
        const std::lock_guard lock(mutex_);
        connection_ = connection;
        ++connections_;
      }
      talk(connection);
      const std::lock_guard lock(mutex_);
      close(connection);
      connection_ = -1;
    }
  }

  bool say(int connection, const std::string& verb, const std::string& otherwise) {
    const auto found = answers_.find(verb);
    const std::string line = found == answers_.end() ? otherwise : found->second;
    if (line.empty()) return false;
    return send(connection, (line + "\r\n").data(), line.size() + 2, MSG_NOSIGNAL) > 0;
  }

  bool read_until(int connection, const std::string& end, std::string& out) {
    for (;;) {
      if (const auto at = buffer_.find(end); at != std::string::npos) {
        out = buffer_.substr(0, at);
        buffer_.erase(0, at + end.size());
        return true;
      }
      char bytes[4096];
      const ssize_t count = recv(connection, bytes, sizeof bytes, 0);
      if (count <= 0) return false;
      buffer_.append(bytes, static_cast<std::size_t>(count));
    }
  }

  void talk(int connection) {
    buffer_.clear();
    if (!say(connection, "", "220 here")) return;
    for (std::string line; read_until(connection, "\r\n", line);) {
      const std::string verb = line.substr(0, 4);
      {
        const std::lock_guard lock(mutex_);
        commands_.push_back(line);
      }
      if (!say(connection, verb, verb == "DATA" ? "354 go" : verb == "QUIT" ? "221 bye" : "250 ok")) return;
      if (verb == "QUIT") return;
      const auto data = answers_.find("DATA");
      if (verb != "DATA" || (data != answers_.end() && !data->second.starts_with("354"))) continue;
      std::string mail;
      if (!read_until(connection, "\r\n.\r\n", mail)) return;
      {
        const std::lock_guard lock(mutex_);
        mails_.push_back(mail);
      }
      if (!say(connection, ".", "250 ok")) return;
    }
  }

  std::map<std::string, std::string> answers_;
  int listener_ = -1, connection_ = -1, connections_ = 0;
  unsigned port_ = 0;
  std::mutex mutex_;
  std::vector<std::string> mails_, commands_;
  std::string buffer_;
  std::thread thread_;
};

}  // namespace jackfield::email
