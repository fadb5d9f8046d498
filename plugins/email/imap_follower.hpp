// Follows one folder of a mailbox for as long as the channel runs: connects, logs in, lets a visit do the work, and
// comes back with growing pauses when the connection ends. [strand]
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "health.hpp"
#include "imap_visit.hpp"

namespace jackfield::email {

class ImapFollower {
 public:
  struct Wiring {
    sdk::Host& host;
    const ImapSettings& settings;
    std::string folder;
    std::size_t max_size = 0;
    std::shared_ptr<MailBudget> budget;
    std::shared_ptr<OauthTokens> tokens;  // null: the password is used
    MailReading& reading;
    Health& health;
  };
  explicit ImapFollower(Wiring wiring);

  void start();  // twice does no harm
  void drain();  // takes no more mails; those that were fetched go on

 private:
  void load();
  void connect();
  void open(const std::string& secret);
  void visit();
  void ended(ImapFault fault, const std::string& why);
  void come_back(std::int64_t first_ms, std::int64_t longest_ms);
  void let_go();
  std::string part() const { return "mailbox " + at_.folder; }

  Wiring at_;
  std::shared_ptr<ImapFeed> feed_;
  std::shared_ptr<ImapLink> link_;
  std::shared_ptr<ImapVisit> visit_;
  std::string token_;                 // said to the server
  int failures_ = 0, broke_off_ = 0;  // in a row
  bool token_refused_ = false;        // since the folder was last open
  bool started_ = false, draining_ = false;
};

}  // namespace jackfield::email
