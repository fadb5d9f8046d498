// The way in: a deliver_sm becomes a message or a receipt, handed up, and answered once it is durable. All [strand].
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <jackfield/jackfield.hpp>
#include <string>

#include "part_receipts.hpp"
#include "provider.hpp"
#include "receipt_ids.hpp"
#include "receipts.hpp"
#include "redelivery.hpp"
#include "smpp_bind.hpp"
#include "smpp_settings.hpp"

namespace jackfield::sms::smpp {

class Receiving {
 public:
  // Answers the peer: origin, command, sequence, status, ticket. See Bind::respond.
  using Respond = std::function<void(const Origin& origin, std::uint32_t command, std::uint32_t sequence,
                                     std::uint32_t status, std::uint64_t ticket)>;

  // All outlive it.
  Receiving(sdk::Host& host, Inbox& inbox, const SmppSettings& settings, ReceiptIdMatcher& ids, PartReceipts& parts,
            Respond respond);

  // Reads what was kept over a restart; then once done. Nothing may come before.
  void load(std::function<void()> done);

  // may_wait: an answer may still come that makes an unknown receipt a known one.
  void take(const Origin& origin, std::uint32_t command, std::uint32_t sequence, ShortMessage&& message, bool may_wait);
  void on_response_read(std::uint64_t ticket) { redeliveries_.read(ticket); }
  void on_connection_lost(const Origin& origin);
  void on_malformed(std::string_view reason, std::string_view pdu);
  // A submit was answered: receipts that waited for that are looked at again.
  void match_held();
  void tick();  // about once a second

  std::size_t open() const { return open_; }

 private:
  struct Came {
    Origin origin;
    std::uint32_t command = 0, sequence = 0;
  };
  struct Held {
    Came came;
    DeliveryReceipt receipt;
    std::int64_t until_ms = 0;
  };

  void take_message(const Came& came, ShortMessage&& message);
  void take_receipt(const Came& came, const DeliveryReceipt& receipt, bool may_wait);
  void hand_up(const Came& came, const DeliveryReceipt& receipt, const std::string& id);
  void answer(const Came& came, jf_status status, std::uint64_t ticket);
  std::string new_id();
  void keep_quiet_state();
  void keep_way();

  sdk::Host& host_;
  Inbox& inbox_;
  const SmppSettings& settings_;
  ReceiptIdMatcher& ids_;
  PartReceipts& parts_;
  Respond respond_;
  ReceiptIds kept_way_;
  Redeliveries redeliveries_;
  std::deque<Held> held_;
  std::deque<std::string> seen_malformed_;
  std::size_t open_ = 0;     // handed up, not durable yet
  std::size_t loading_ = 0;  // values to come
  bool storing_ = false;
};

// "77 67…": command and body of a message in hex, as it is kept raw; and the message in it.
std::string raw_of(std::uint32_t command, const ShortMessage& message);
std::optional<ShortMessage> message_in(std::string_view raw);

}  // namespace jackfield::sms::smpp
