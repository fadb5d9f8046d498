// For tests: an SMTP server behind the fake host's streams that says what it is told to.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "testkit/fake_host.hpp"

namespace jackfield::email {

class ScriptedSmtpServer {
 public:
  // Answers by verb ("RCPT" -> "550 5.1.1 no"), "" for the greeting, "." for the end of DATA. An empty answer closes
  // the connection instead. "250 ok" (354, 221) where nothing is said.
  explicit ScriptedSmtpServer(std::map<std::string, std::string> answers) : answers_(std::move(answers)) {}

  std::string url() const { return "smtp://127.0.0.1:2525"; }

  // Talks with whoever has connected, until all is quiet.
  void serve(testkit::FakeHost& host) {
    for (bool busy = true; busy;) {
      host.settle();
      busy = false;
      for (std::size_t at = 0; at < host.stream_order.size(); ++at) busy = serve(host, host.stream_order[at]) || busy;
    }
  }

  std::map<std::string, std::string> answers_;
  std::vector<std::string> mails, commands;
  int connections = 0;

 private:
  bool serve(testkit::FakeHost& host, std::uint64_t id) {
    testkit::StreamEnd& end = host.streams.at(id);
    if (end.listener || done_.contains(id)) return false;
    if (!end.open && !end.closed) {
      ++connections;
      host.connected(id, "127.0.0.1:2525");
      host.settle();
      return say(host, id, "", "220 here"), true;
    }
    if (end.wants_tls) {
      end.wants_tls = false;
      return host.tls_done(id, "TLSv1.3"), true;
    }
    input_[id] += std::exchange(end.written, {});
    bool busy = false;
    while (!done_.contains(id) && take(host, id)) busy = true;
    if (end.closed && !done_.contains(id)) finish(host, id);
    return busy;
  }

  bool take(testkit::FakeHost& host, std::uint64_t id) {
    std::string& input = input_[id];
    const std::string mark = in_data_.contains(id) ? "\r\n.\r\n" : "\r\n";
    const auto at = input.find(mark);
    if (at == std::string::npos) return false;
    const std::string line = input.substr(0, at);
    input.erase(0, at + mark.size());
    if (in_data_.erase(id) > 0) return mails.push_back(line), say(host, id, ".", "250 ok"), true;
    commands.push_back(line);
    const std::string verb = line.substr(0, 4);
    const std::string said = say(host, id, verb, verb == "DATA" ? "354 go" : verb == "QUIT" ? "221 bye" : "250 ok");
    if (verb == "DATA" && said.starts_with("354")) in_data_.insert(id);
    if (verb == "QUIT" && !done_.contains(id)) finish(host, id);
    return true;
  }

  std::string say(testkit::FakeHost& host, std::uint64_t id, const std::string& verb, const std::string& otherwise) {
    const auto found = answers_.find(verb);
    const std::string line = found == answers_.end() ? otherwise : found->second;
    if (line.empty()) {
      finish(host, id);
    } else {
      host.feed(id, line + "\r\n");
      host.settle();
    }
    return line;
  }

  void finish(testkit::FakeHost& host, std::uint64_t id) {
    done_.insert(id);
    host.close(id, JF_OK, "the peer closed the connection");
    host.settle();
  }

  std::map<std::uint64_t, std::string> input_;
  std::set<std::uint64_t> done_, in_data_;
};

}  // namespace jackfield::email
