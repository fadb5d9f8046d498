// The server's side of one SMTP (RFC 5321) or LMTP (RFC 2033) connection, as a state machine over bytes: no sockets, no
// clock, no threads. The caller feeds what it read, sends what output() holds, and carries out what wants() asks for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mail_budget.hpp"
#include "mail_reading.hpp"

namespace jackfield::email {

struct SessionOptions {
  bool lmtp = false;
  bool offer_tls = false;
  bool require_tls = false;                               // no mail without it
  bool encrypted = false;                                 // TLS from the first byte
  std::string host_name = "localhost";                    // in the greeting
  std::function<bool(std::string_view)> takes_recipient;  // an address without its angle brackets
  std::size_t max_size = 26214400;                        // of one mail
  std::size_t max_recipients = 100;
  std::size_t max_line = 2048;  // of a command
  int max_bad_commands = 20;
  std::shared_ptr<MailBudget> budget;  // null: no bound over all sessions
};

// What became of it; told to the client once per mail (SMTP) or once per recipient (LMTP).
enum class Verdict : std::uint8_t {
  durable,      // 250
  unavailable,  // 451: could not be stored, come back
  busy,         // 452: too much at once, come back
  unacceptable  // 554: neither decoded nor kept
};

class SmtpSession {
 public:
  enum class Want : std::uint8_t {
    bytes,    // feed more
    verdict,  // take mail() and say answer(); bytes fed meanwhile wait
    tls,      // send output(), do the handshake, say tls_started()
    close     // send output(), then close
  };

  explicit SmtpSession(SessionOptions options);
  ~SmtpSession();
  SmtpSession(const SmtpSession&) = delete;
  SmtpSession& operator=(const SmtpSession&) = delete;

  void greet();                          // first
  void refuse(std::string_view reason);  // instead of greet: this line, and close
  void receive(std::string_view bytes);
  void tls_started();  // everything said before is forgotten
  void answer(Verdict verdict);
  void shut_down(std::string_view reason);  // 421 and close, as for a time-out

  Want wants() const { return want_; }
  ReceivedMail take_mail();  // once while wants() is verdict; its bytes stay in the budget until answer()
  std::string take_output();
  bool amid_mail() const { return state_ != State::commands || want_ == Want::verdict; }

 private:
  enum class State : std::uint8_t { commands, data };
  enum class Dot : std::uint8_t { line_start, dot, dot_cr, text };  // where in a line of DATA
  enum class Spoilt : std::uint8_t { no, too_big, bare_lf, no_room };

  void run();
  bool run_line(std::size_t& used);
  void command(std::string_view line);
  void hello(std::string_view verb, std::string_view argument);
  void mail_from(std::string_view argument);
  void rcpt_to(std::string_view argument);
  void start_data();
  void start_tls(std::string_view argument);
  bool mail_parameters(std::string_view parameters);
  bool recipient_parameters(std::string_view parameters, std::string& original);

  std::size_t take_data(std::string_view bytes);
  void take_text(std::string_view text);
  void end_data();
  void forget_mail();

  void reply(std::string_view line);
  void bad(std::string_view line);  // a reply that counts as a bad command
  void reply_per_recipient(std::string_view line);

  SessionOptions options_;
  State state_ = State::commands;
  Want want_ = Want::bytes;
  Dot dot_ = Dot::line_start;
  Spoilt spoilt_ = Spoilt::no;
  bool greeted_ = false, hello_said_ = false, esmtp_ = false, tls_ = false, in_transaction_ = false, utf8_ = false;
  bool last_was_cr_ = false;
  bool skipping_line_ = false;  // the rest of a line that was too long
  int bad_commands_ = 0;
  std::size_t reserved_ = 0;    // of the budget
  std::size_t recipients_ = 0;  // taken for the mail under way
  std::string input_, output_;
  ReceivedMail mail_;
};

}  // namespace jackfield::email
