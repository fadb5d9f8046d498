// One SMPP connection as the side that binds (ESME): a state machine over bytes and a clock given from outside. Pure.
//
// Whoever drives it hands it what came (receive) and the time (tick, about once a second), sends what take_output
// gives, and closes the connection when is_over says so. SMPP 3.4, chapters 2 and 4.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "smpp_pdu.hpp"

namespace jackfield::sms::smpp {

struct SessionOptions {
  std::uint32_t bind = bind_transceiver;
  BindRequest request;
  std::size_t window = 10;            // submits without an answer
  std::size_t most_unanswered = 500;  // of the peer's messages; past that it is told to come again
  std::int64_t bind_timeout_ms = 15000;
  std::int64_t response_timeout_ms = 30000;
  std::int64_t enquire_link_ms = 30000;  // of silence, then the peer is asked whether it lives
};

// What happens in a session. Called from within its functions; may call it back.
class SessionListener {
 public:
  virtual ~SessionListener() = default;
  virtual void on_bound(std::string_view smsc) = 0;
  virtual void on_bind_refused(std::uint32_t status) = 0;
  // late: its answer was given up before.
  virtual void on_submit_answered(std::uint64_t ticket, std::uint32_t status, const std::string& id, bool late) = 0;
  virtual void on_submit_overdue(std::uint64_t ticket) = 0;
  // Owes one Session::respond with the same sequence and command.
  virtual void on_message(std::uint32_t command, std::uint32_t sequence, ShortMessage&& message) = 0;
  // The peer has read what respond said with this ticket: it sent an answer to something said after it.
  virtual void on_response_read(std::uint64_t ticket) = 0;
  // A PDU that breaks the rules; it was refused with a generic_nack where that can be done. pdu: with its header.
  virtual void on_malformed(std::string_view reason, std::string_view pdu) = 0;
};

class Session {
 public:
  Session(SessionOptions options, SessionListener& listener);

  void start(std::int64_t now_ms);  // asks to be bound
  void receive(std::string_view bytes, std::int64_t now_ms);
  void tick(std::int64_t now_ms);

  bool is_bound() const { return state_ == State::bound; }
  bool is_over() const { return state_ == State::over; }
  const std::string& why_over() const { return why_; }

  // Submits that may be made now.
  std::size_t room() const;
  std::size_t open_submits() const { return open_submits_; }
  std::size_t unanswered() const { return unanswered_; }

  // The ticket comes back in exactly one of on_submit_answered (not late), on_submit_overdue and take_open_submits.
  void submit(std::uint64_t ticket, const ShortMessage& message, std::int64_t now_ms);
  // Answers on_message. A ticket other than 0 comes back in on_response_read, unless the session ends before.
  void respond(std::uint32_t command, std::uint32_t sequence, std::uint32_t status, std::uint64_t ticket);
  // Takes leave: no more submits; over once the peer has answered.
  void leave(std::int64_t now_ms);

  std::string take_output() { return std::exchange(output_, {}); }
  std::vector<std::uint64_t> take_open_submits();  // once it is over: their outcome is not known

 private:
  enum class State : std::uint8_t { idle, binding, bound, leaving, asked_to_leave, over };
  struct Open {
    std::uint32_t command = 0;
    std::uint64_t ticket = 0;
    std::uint64_t ordinal = 0;  // the how manieth request it was
    std::int64_t at_ms = 0;
    bool overdue = false;
  };
  struct Said {
    std::uint64_t after_ordinal, ticket;
  };

  std::uint32_t request(std::uint32_t command, std::string_view body, std::uint64_t ticket, std::int64_t now_ms);
  void on_pdu(const Pdu& pdu);
  void on_request(const Pdu& pdu);
  void on_response(const Pdu& pdu);
  void on_submit_response(const Pdu& pdu, const Open& open);
  void on_bind_response(const Pdu& pdu);
  void on_short_message(const Pdu& pdu);
  void refuse(const Pdu& pdu, std::uint32_t status, std::string_view reason);
  void confirm_until(std::uint64_t ordinal);
  void give_up_overdue();
  void enquire_when_due();
  void ask_whether_read();
  void enquire();
  void end_if_all_is_said();
  void end(std::string why);

  SessionOptions options_;
  SessionListener& listener_;
  Framer framer_;
  State state_ = State::idle;
  std::string why_, output_;
  std::map<std::uint32_t, Open> open_;  // our requests without an answer, by sequence
  std::deque<Said> said_;               // our responses that may not have been read yet, oldest first
  std::uint32_t last_sequence_ = 0;
  std::uint64_t requests_ = 0, newest_enquiry_ = 0;
  std::size_t open_submits_ = 0, unanswered_ = 0, overdue_ = 0;
  std::int64_t now_ms_ = 0, heard_ms_ = 0, leaving_ms_ = 0, asked_ms_ = 0;
};

}  // namespace jackfield::sms::smpp
