// For tests: an IMAP server with one folder behind the fake host's streams.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "imap_names.hpp"
#include "testkit/fake_host.hpp"

namespace jackfield::email {

class FakeMailbox {
 public:
  struct Mail {
    std::string bytes, flags;
    bool no_body = false;  // what a broken server does
  };
  std::map<std::uint32_t, Mail> mails;
  std::uint32_t validity = 7, next = 1;
  std::uint64_t modseq = 0;  // HIGHESTMODSEQ; 0: not told
  std::string capabilities = "IMAP4rev1 SASL-IR AUTH=PLAIN IDLE UIDPLUS MOVE";
  std::vector<std::string> commands;  // without their tags
  std::set<std::string> cut_at;       // ends the connection instead of answering a command that begins so, once
  int connections = 0;

  void add(const std::string& id, const std::string& more = "") {
    mails[next++] = {"From: Ana <ana@example.net>\r\nTo: support@example.org\r\nMessage-ID: <" + id +
                         "@example.net>\r\nSubject: " + id + "\r\n\r\nhello " + more + "\r\n",
                     "", false};
  }

  // Talks with whoever has connected, until all is quiet.
  void serve(testkit::FakeHost& host) {
    for (bool busy = true; busy;) {
      host.settle();
      busy = false;
      for (std::size_t at = 0; at < host.stream_order.size(); ++at) busy = serve(host, host.stream_order[at]) || busy;
    }
  }
  // Says something by itself.
  void say(testkit::FakeHost& host, const std::string& line) {
    for (auto& [id, end] : host.streams)
      if (!end.listener && !done_.contains(id) && end.open) host.feed(id, line + "\r\n");
    serve(host);
  }
  void cut(testkit::FakeHost& host) {
    for (const auto id : host.stream_order)
      if (!host.streams.at(id).listener && done_.insert(id).second) host.close(id, JF_INTERNAL, "connection reset");
    serve(host);
  }

 private:
  bool serve(testkit::FakeHost& host, std::uint64_t id) {
    testkit::StreamEnd& end = host.streams.at(id);
    if (end.listener || done_.contains(id)) return false;
    if (!end.open && !end.closed) {
      ++connections;
      host.connected(id, "127.0.0.1:143");
      host.settle();
      return host.feed(id, "* OK hello\r\n"), true;
    }
    if (end.closed) return done_.insert(id), host.close(id, JF_OK, ""), true;
    std::string& input = input_[id] += std::exchange(end.written, {});
    const auto at = input.find("\r\n");
    if (at == std::string::npos) return false;
    const std::string line = input.substr(0, at);
    input.erase(0, at + 2);
    answer(host, id, line);
    return true;
  }

  void answer(testkit::FakeHost& host, std::uint64_t id, const std::string& line) {
    if (line == "DONE") return host.feed(id, idle_tag_ + " OK done\r\n");
    const auto space = line.find(' ');
    const std::string tag = line.substr(0, space), command = line.substr(space + 1);
    commands.push_back(command);
    for (const std::string& begin : std::set(cut_at))
      if (command.starts_with(begin)) {
        cut_at.erase(begin);
        const std::string said = said_to(command);
        host.feed(id, said.substr(0, said.size() / 2));
        done_.insert(id);
        return host.close(id, JF_INTERNAL, "connection reset");
      }
    if (command == "IDLE") {
      idle_tag_ = tag;
      return host.feed(id, "+ idling\r\n");
    }
    host.feed(id, said_to(command) + tag + " OK done\r\n");
  }

  // What comes before the tagged answer.
  std::string said_to(const std::string& command) {
    if (command == "CAPABILITY") return "* CAPABILITY " + capabilities + "\r\n";
    if (command.starts_with("SELECT"))
      return "* " + std::to_string(mails.size()) + " EXISTS\r\n* OK [UIDVALIDITY " + std::to_string(validity) +
             "] ok\r\n* OK [UIDNEXT " + std::to_string(next) + "] ok\r\n" +
             (modseq > 0 ? "* OK [HIGHESTMODSEQ " + std::to_string(modseq) + "] ok\r\n" : "");
    if (command.starts_with("UID FETCH ")) return fetch(command.substr(10));
    if (command.starts_with("UID STORE ") || command.starts_with("UID MOVE ")) change(command);
    if (command.starts_with("UID EXPUNGE "))
      for (const std::uint32_t uid : uids_of(command.substr(12), 10000)) mails.erase(uid);
    return "";
  }

  std::string fetch(const std::string& arguments) {
    const auto space = arguments.find(' ');
    const std::string set = arguments.substr(0, space);
    const bool open_end = set.ends_with(":*");
    const auto wanted = uids_of(set.substr(0, set.find(":*")), 100000);
    std::string out;
    std::uint32_t number = 0;
    for (const auto& [uid, mail] : mails) {
      ++number;
      const bool last = uid == mails.rbegin()->first;  // n:* always has the last
      const bool in = open_end ? uid >= wanted.at(0) || last : std::count(wanted.begin(), wanted.end(), uid) > 0;
      if (in)
        out += "* " + std::to_string(number) + " FETCH (UID " + std::to_string(uid) + items(arguments, mail) + ")\r\n";
    }
    return out;
  }

  static std::string items(const std::string& asked, const Mail& mail) {
    if (asked.find("RFC822.SIZE") != std::string::npos)
      return " FLAGS (" + mail.flags + ") INTERNALDATE \"17-Jul-2026 02:44:25 +0000\" RFC822.SIZE " +
             std::to_string(mail.bytes.size());
    const bool header = asked.find("HEADER") != std::string::npos;
    if (mail.no_body && !header) return " BODY[] NIL";
    const std::string bytes = header ? mail.bytes.substr(0, mail.bytes.find("\r\n\r\n") + 4) : mail.bytes;
    return std::string(header ? " BODY[HEADER]<0>" : " BODY[]") + " {" + std::to_string(bytes.size()) + "}\r\n" + bytes;
  }

  void change(const std::string& command) {
    const std::string rest = command.substr(command.find(' ', 4) + 1);
    for (const std::uint32_t uid : uids_of(rest.substr(0, rest.find(' ')), 10000)) {
      if (command.starts_with("UID MOVE"))
        mails.erase(uid);
      else if (mails.contains(uid))
        mails[uid].flags = rest.substr(rest.find('(') + 1, rest.find(')') - rest.find('(') - 1);
    }
  }

  std::map<std::uint64_t, std::string> input_;
  std::set<std::uint64_t> done_;
  std::string idle_tag_;
};

}  // namespace jackfield::email
