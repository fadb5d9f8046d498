// The client's side of one SMTP connection (RFC 5321) as a state machine over bytes: greeting, STARTTLS, login, then
// mails, one after the other. No sockets, no clock. The caller feeds what it read, sends what take_output() gives, and
// carries out what wants() asks for.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sasl.hpp"
#include "server_address.hpp"
#include "smtp_reply.hpp"
#include "smtp_result.hpp"

namespace jackfield::email {

struct SmtpMail {
  std::string from;
  std::vector<std::string> to;
  std::string envelope_id;  // comes back in reports (RFC 3461); or empty
  std::shared_ptr<const std::string> bytes;
};

struct SmtpClientOptions {
  Login login;
  TlsPolicy tls = TlsPolicy::required;
  bool encrypted = false;  // TLS from the first byte
  std::string hello_name = "localhost";
};

class SmtpClient {
 public:
  enum class Want : std::uint8_t { bytes, tls, close };
  struct Handlers {
    std::function<void()> ready;                    // it can take a mail
    std::function<void(const SmtpResult&)> done;    // the mail's end; ready follows, or the connection closes
    std::function<void(const SmtpResult&)> failed;  // it never became ready
  };
  SmtpClient(SmtpClientOptions options, Handlers handlers);
  SmtpClient(const SmtpClient&) = delete;
  SmtpClient& operator=(const SmtpClient&) = delete;

  void receive(std::string_view bytes);
  void tls_started();
  void send(SmtpMail mail);  // when it is ready
  void quit();
  void lost(std::string_view why);  // the connection has gone: the mail under way has its end
  void give_up();                   // the same, wanted by us: nothing more is said

  Want wants() const { return want_; }
  // What is to be said next, about so many bytes at most; empty when nothing is.
  std::string take_output(std::size_t most);
  bool is_ready() const { return state_ == State::ready; }
  bool is_mail_handed_over() const { return state_ == State::dot; }  // its last byte was said: it may have arrived

 private:
  enum class State : std::uint8_t {
    greeting,
    hello,
    starttls,
    login,
    ready,
    envelope,
    data,
    body,
    dot,
    reset,
    leaving,
    closed
  };

  void take(const SmtpReply& reply);
  void take_capabilities(const SmtpReply& reply);
  void say_hello();
  void take_hello(const SmtpReply& reply);
  void log_in();
  void take_login(const SmtpReply& reply);
  void become_ready();

  bool refuse_unsendable();
  void say_envelope();
  void take_envelope(const SmtpReply& reply);
  void take_data(const SmtpReply& reply);
  void take_end(const SmtpReply& reply);
  std::string mail_command() const;
  std::string recipient_command(const std::string& address) const;

  SmtpResult judged(const SmtpReply& reply, SendFault permanent) const;
  void finish(const SmtpResult& result, bool reset);
  void fail(SmtpResult result);
  bool has(const std::string& name) const { return capabilities_.contains(name); }
  void say(std::string_view line) { output_.append(line).append("\r\n"); }

  SmtpClientOptions options_;
  Handlers handlers_;
  SmtpReplies replies_;
  State state_ = State::greeting;
  Want want_ = Want::bytes;
  std::map<std::string, std::string> capabilities_;  // name to its parameters, in upper case
  std::string output_;
  Mechanism mechanism_ = Mechanism::none;
  int challenges_ = 0;
  SmtpMail mail_;
  std::size_t said_ = 0, answered_ = 0;  // of MAIL and the RCPTs
  std::unique_ptr<SmtpResult> refusal_;  // of one of them
  std::size_t sent_ = 0;                 // bytes of the mail
  bool line_start_ = true;               // of the mail's bytes at sent_
};

}  // namespace jackfield::email
