// The SMSC behind its sockets: who is bound, what was submitted, what is to be delivered. A state machine over bytes
// and a clock given from outside. Pure; one thread.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "simulate/smsc_behaviour.hpp"
#include "simulate/smsc_pdu.hpp"

namespace jackfield::simulate {

class SmscExchange {
 public:
  using Connection = std::uint64_t;
  struct Accounts {
    std::string system_id, password;  // empty: any will do
  };
  struct Output {
    std::string bytes;
    bool close = false;
  };

  explicit SmscExchange(Accounts accounts, std::size_t window = 50) : accounts_(std::move(accounts)), window_(window) {}

  void opened(Connection connection);
  void closed(Connection connection);  // what it had not answered is delivered again to the next that binds
  void received(Connection connection, std::string_view bytes, std::int64_t now_ms);
  // What was put off until now.
  void tick(std::int64_t now_ms);
  std::int64_t next_tick_ms() const;  // 0: nothing is put off

  std::map<Connection, Output> take_output() { return std::exchange(output_, {}); }

  // From now on; nothing of it when one member is wrong.
  Result<void> behave(const boost::json::object& change);
  // {"from", "to", "text", "count", "senders"} or {"from", "to", "coding", "esm_class", "hex"}: to be delivered.
  Result<void> add_messages(const boost::json::object& wanted, std::int64_t now_ms);
  void send_raw(std::string_view bytes);  // on every bound connection
  void drop();                            // closes every connection, whatever is open on it

  boost::json::object state() const;
  // Submits that were taken, the newest up to `most`.
  boost::json::object submits(std::size_t most) const;
  void forget();

 private:
  struct Delivery {
    std::string body;
    bool receipt = false;
    std::int64_t not_before_ms = 0;
  };
  struct Peer {
    std::string input;
    bool sends = false, receives = false, bound = false;
    std::uint32_t sequence = 0;
    std::map<std::uint32_t, Delivery> open;  // by sequence
    std::uint64_t unanswered = 0;            // submits, while drop_after counts
  };
  struct Later {
    Connection connection;
    std::string bytes;
  };
  struct Submit {
    std::uint64_t number;
    SmscMessage message;
  };

  void on_pdu(Connection connection, Peer& peer, const SmscPdu& pdu);
  void on_bind(Connection connection, Peer& peer, const SmscPdu& pdu);
  void on_submit(Connection connection, Peer& peer, const SmscPdu& pdu);
  void on_delivered(Peer& peer, const SmscPdu& pdu);
  std::uint32_t verdict();
  void answer_submit(Connection connection, const SmscPdu& submit, std::uint32_t status, std::uint64_t number);
  void add_receipt(std::uint64_t number, const SmscMessage& of);
  void say(Connection connection, const SmscPdu& pdu) { output_[connection].bytes += pdu_bytes(pdu); }
  void deliver_waiting();
  Peer* next_receiver(Connection& connection);

  Accounts accounts_;
  std::size_t window_;
  SmscBehaviour behaviour_;
  std::map<Connection, Peer> peers_;
  std::map<Connection, Output> output_;
  std::deque<Delivery> waiting_;
  std::multimap<std::int64_t, Later> later_;
  std::multimap<std::int64_t, Delivery> receipts_later_;
  std::deque<Submit> submits_;
  std::int64_t now_ms_ = 0, second_ms_ = 0;
  std::uint64_t taken_ = 0, throttled_ = 0, refused_ = 0, binds_ = 0, in_second_ = 0;
  std::uint64_t delivered_ = 0, receipts_delivered_ = 0, put_back_ = 0, redelivered_ = 0, nacks_ = 0, seen_ = 0;
  std::size_t turn_ = 0;
};

}  // namespace jackfield::simulate
