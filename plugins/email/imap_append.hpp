// Puts copies of what was sent into a folder of the mailbox, over a connection of its own that lives as long as there
// are any. A copy is a convenience: after a few tries, or when too many wait, it is dropped and the log says so.
// [strand]
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "imap_link.hpp"

namespace jackfield::email {

class ImapAppend {
 public:
  // tokens: null when the password is used.
  ImapAppend(sdk::Host& host, const ImapSettings& settings, std::shared_ptr<OauthTokens> tokens)
      : host_(host), settings_(settings), tokens_(std::move(tokens)) {}
  void keep(std::shared_ptr<const std::string> mail);

 private:
  void open();
  void open_with(const std::string& secret);
  void find_folder();
  void listed(const ImapResponse& response);
  void append();
  void appended(const ImapResponse& answer);
  void ended(const std::string& why);
  void drop_first(const std::string& why);

  sdk::Host& host_;
  const ImapSettings& settings_;
  std::shared_ptr<OauthTokens> tokens_;
  std::deque<std::shared_ptr<const std::string>> waiting_;
  std::shared_ptr<ImapLink> link_;
  std::string folder_;  // as it is written in commands
  std::string token_;
  int tries_ = 0;  // of the first that waits
  bool opening_ = false, created_ = false;
};

}  // namespace jackfield::email
