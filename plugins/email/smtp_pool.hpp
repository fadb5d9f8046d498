// The connections to the SMTP server: opened when mails wait, used again while they come, closed when none does.
// [strand]
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "jackfield/jackfield.hpp"
#include "oauth_tokens.hpp"
#include "server_settings.hpp"
#include "smtp_client.hpp"

namespace jackfield::email {

class SmtpLink;

class SmtpPool : public std::enable_shared_from_this<SmtpPool> {
 public:
  // tokens: null when the password is used.
  SmtpPool(sdk::Host& host, SmtpServer server, std::shared_ptr<OauthTokens> tokens);
  ~SmtpPool();

  using Done = std::function<void(const SmtpResult& result)>;
  // done comes once. The id is the caller's, for cancel.
  void send(std::uint64_t id, SmtpMail mail, Done done);
  // It ends now: cancelled, or unknown when it may have arrived.
  void cancel(std::uint64_t id);
  void drain();  // closes what is idle; the rest as it becomes so

  struct Job {
    std::uint64_t id = 0;
    SmtpMail mail;
    Done done;
    bool tried_again = false;
  };

 private:
  friend class SmtpLink;
  void serve();
  void open();
  void open_with(const std::string& secret);
  void opened(SmtpLink& link);
  void failed(SmtpLink* link, const SmtpResult& result);
  void done(SmtpLink& link, Job job, const SmtpResult& result);
  void remove(SmtpLink* link);

  sdk::Host& host_;
  SmtpServer server_;
  std::shared_ptr<OauthTokens> tokens_;
  std::deque<std::shared_ptr<Job>> waiting_;
  std::vector<std::shared_ptr<SmtpLink>> links_;
  std::size_t opening_ = 0;
  bool draining_ = false;
};

}  // namespace jackfield::email
