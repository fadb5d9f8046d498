// The client's side of one IMAP connection (RFC 3501, RFC 9051) as a state machine over bytes: greeting, STARTTLS,
// login, then commands, one at a time, and IDLE (RFC 2177). No sockets, no clock. The caller feeds what it read, sends
// what output() holds, and carries out what wants() asks for.
#pragma once

#include <deque>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "imap_response.hpp"
#include "sasl.hpp"
#include "server_address.hpp"

namespace jackfield::email {

enum class ImapFault : std::uint8_t {
  unavailable,  // gone, or refuses for now
  tls,          // no TLS where it is required
  auth,         // the login was refused
  protocol      // it says what cannot be understood
};

struct ImapSessionOptions {
  Login login;
  TlsPolicy tls = TlsPolicy::required;
  bool encrypted = false;  // TLS from the first byte
  ImapLimits limits;
};

class ImapSession {
 public:
  enum class Want : std::uint8_t { bytes, tls, close };
  using Done = std::function<void(const ImapResponse& answer)>;  // OK, NO or BAD

  // Called from receive(), in the order of what came. After failed nothing else is.
  struct Handlers {
    std::function<void()> ready;  // logged in
    std::function<void(ImapResponse& response)> untagged;
    std::function<void(ImapFault fault, const std::string& why)> failed;
  };

  ImapSession(ImapSessionOptions options, Handlers handlers);
  ImapSession(const ImapSession&) = delete;
  ImapSession& operator=(const ImapSession&) = delete;

  void receive(std::string_view bytes);
  void tls_started();

  // Once ready. Commands wait for each other; done comes once, unless the connection ends first. A command of several
  // pieces has literals: "APPEND INBOX {5}", "hello".
  void run(std::string command, Done done);
  void run_pieces(std::vector<std::string> pieces, Done done);
  void idle(Done done);
  void end_idle();  // DONE, when it is idle or about to be
  void log_out();

  bool has(std::string_view capability) const { return capabilities_.contains(std::string(capability)); }
  bool is_ready() const { return ready_; }
  bool is_idle() const { return idling_; }
  bool is_busy() const { return !commands_.empty(); }  // a command is under way

  Want wants() const { return want_; }
  std::string take_output() { return std::exchange(output_, {}); }

 private:
  struct Command {
    std::deque<std::string> pieces;  // not said yet
    Done done;
    std::function<std::string(int challenge)> answers;  // to challenges of the server
    bool idle = false;
    std::string tag;
    int challenges = 0;
  };

  void take(ImapResponse& response);
  void take_untagged(ImapResponse& response);
  void take_go_ahead();
  void take_answer(const ImapResponse& answer);
  void greeted(const ImapResponse& greeting);
  void read_capabilities(const ImapResponse& response);
  void ask_capabilities(std::function<void()> then);
  void secure();
  void log_in();
  void authenticate(Mechanism mechanism);
  void log_in_by_command();
  void login_answered(const ImapResponse& answer);
  void add(Command command);
  void say_next();
  void fail(ImapFault fault, std::string_view why);

  ImapSessionOptions options_;
  Handlers handlers_;
  ImapReader reader_;
  Want want_ = Want::bytes;
  std::deque<Command> commands_;  // the first is under way
  std::set<std::string> capabilities_;
  std::string output_;
  unsigned last_tag_ = 0;
  bool greeted_ = false, preauthenticated_ = false, ready_ = false, idling_ = false, ending_idle_ = false,
       leaving_ = false;
};

}  // namespace jackfield::email
