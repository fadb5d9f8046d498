// Which inbound messages may have come before. SMPP gives them no id, so a redelivery can only be suspected: when a
// message like it had been received, and the connection or the process ended before the peer was seen to have read our
// answer to it. A suspect is marked, never dropped. Pure; the channel's key-value state carries it over a restart.
//
// Each message gets a ticket, in rising order. Its fingerprint is written with the delivery that makes it durable, into
// a ring of slots, and with it up to which ticket nothing is open any more. What a lost connection leaves is a list
// under a key of its own, written with the next delivery or in a quiet moment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "provider.hpp"
#include "smpp_pdu.hpp"

namespace jackfield::sms::smpp {

// Of what makes two messages alike: addresses, coding, text, parameters.
std::uint64_t fingerprint(const ShortMessage& message);

class Redeliveries {
 public:
  static constexpr std::size_t slots = 256;
  static constexpr std::int64_t horizon_ms = 72 * 3600 * 1000;  // how long carriers keep trying

  static std::string key_of(std::size_t slot);
  static constexpr std::string_view rest_key = "smpp/suspects";
  // What is stored under each key_of, and under rest_key; then loaded() once, before anything else.
  void load(std::string_view slot_value);
  void load_rest(std::string_view value);
  void loaded(std::int64_t now_ms);

  struct Arrival {
    std::uint64_t ticket = 0;
    bool suspected = false;
    KvWrites writes;  // to go with its delivery
  };
  Arrival arrived(std::uint64_t connection, std::uint64_t fingerprint, std::int64_t now_ms);

  void refused(std::uint64_t ticket);              // it was not taken, and the peer is told so: it may come again
  void read(std::uint64_t ticket);                 // the peer has read our answer
  void connection_lost(std::uint64_t connection);  // what of it was not read may come again

  // What is not written yet, for a quiet moment; empty when there is nothing.
  KvWrites unwritten();

 private:
  struct Open {
    std::uint64_t connection, fingerprint;
    std::int64_t at_ms;
  };
  void suspect(const Open& open);
  std::uint64_t settled() const;  // up to this ticket nothing is open
  std::string rest() const;

  std::map<std::uint64_t, Open> open_;    // by ticket; the answer may not have been read
  std::deque<Open> suspects_;             // oldest first
  std::map<std::uint64_t, Open> stored_;  // while loading
  std::uint64_t last_ = 0, stored_settled_ = 0, written_settled_ = 0;
  bool rest_changed_ = false;
};

}  // namespace jackfield::sms::smpp
