// A mailbox server with empty folders: it lets everybody in and then has nothing to tell.
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <thread>

namespace jackfield::bench {

class ImapStub {
 public:
  ImapStub();  // listens on a free port of loopback; throws std::runtime_error
  ~ImapStub();
  ImapStub(const ImapStub&) = delete;
  ImapStub& operator=(const ImapStub&) = delete;

  int port() const { return port_; }
  int idle() const { return idle_; }  // connections that wait for news

 private:
  void run();
  void accept_one();
  bool answer(int connection);

  int listener_ = -1, port_ = 0;
  std::atomic<int> idle_{0};
  std::atomic<bool> stopping_{false};
  std::map<int, std::string> connections_;  // with what they said and was not answered
  std::thread thread_;
};

}  // namespace jackfield::bench
