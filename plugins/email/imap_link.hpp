// One connection to an IMAP server: the host's stream and the session put together, with the limits of time. [strand]
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "imap_session.hpp"
#include "imap_settings.hpp"
#include "jackfield/jackfield.hpp"

namespace jackfield::email {

class ImapLink : public sdk::Stream, public std::enable_shared_from_this<ImapLink> {
 public:
  // ended comes once, whatever ends it, unless drop() was called.
  struct Events {
    std::function<void()> ready;
    std::function<void(ImapResponse& response)> untagged;
    std::function<void(ImapFault fault, const std::string& why)> ended;
  };

  static std::shared_ptr<ImapLink> open(sdk::Host& host, const ImapSettings& settings, const std::string& secret,
                                        std::size_t max_literal, Events events);
  ImapLink(sdk::Host& host, ImapSessionOptions options, std::uint32_t tls_flags, Events events);

  void run(std::string command, ImapSession::Done done);
  void run_pieces(std::vector<std::string> pieces, ImapSession::Done done);
  void idle(ImapSession::Done done);
  void end_idle();
  void drop();  // logs out where it can, closes, and says nothing more
  const ImapSession& session() const { return session_; }

 protected:
  void on_open(std::string_view peer) override;
  void on_data(std::string_view bytes) override;
  void on_tls(std::string_view version) override;
  void on_close(jf_status status, std::string_view why) override;

 private:
  void act();
  void end(ImapFault fault, const std::string& why);
  void watch_time();

  sdk::Host& host_;
  Events events_;
  ImapSession session_;
  std::uint32_t tls_flags_;
  std::int64_t last_ms_;  // when something was last said by either side
  bool within_ = false;   // receive() is on the way: what is to be said goes out after it
  bool ended_ = false;
};

}  // namespace jackfield::email
