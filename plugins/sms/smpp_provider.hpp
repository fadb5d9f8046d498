// SMPP 3.4 to a carrier's SMSC: binds that are kept up, messages out and in, receipts. All [strand].
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "provider.hpp"
#include "smpp_bind.hpp"
#include "smpp_receiving.hpp"
#include "smpp_sending.hpp"
#include "smpp_settings.hpp"

namespace jackfield::sms::smpp {

class SmppProvider : public Provider, BindOwner {
 public:
  // Throws sdk::Error (CONFIG) for settings that cannot be worked with.
  SmppProvider(sdk::Host& host, Inbox& inbox, std::string_view settings);

  void start() override;
  void send(sdk::Send&& send, Outbound&& message) override { sending_.send(std::move(send), message); }
  void cancel(std::uint64_t token) override { sending_.cancel(token); }
  void drain(std::int64_t deadline_ms) override;
  std::string preview(const Outbound& message) const override;
  std::optional<std::vector<Inbound>> replay(std::string_view raw) override;

 private:
  void tick();
  void tell_state();

  void on_bind_changed() override;
  void on_submit_answered(std::uint64_t ticket, std::uint32_t status, const std::string& id, bool late) override;
  void on_submit_lost(std::uint64_t ticket, std::string_view why) override;
  void on_message(const Origin& origin, std::uint32_t command, std::uint32_t sequence, ShortMessage&& message) override;
  void on_response_read(std::uint64_t ticket) override { receiving_.on_response_read(ticket); }
  void on_connection_lost(const Origin& origin) override { receiving_.on_connection_lost(origin); }
  void on_malformed(std::string_view reason, std::string_view pdu) override { receiving_.on_malformed(reason, pdu); }

  sdk::Host& host_;
  const SmppSettings settings_;
  ReceiptIdMatcher ids_;
  PartReceipts parts_;
  Sending::Binds binds_;
  Receiving receiving_;
  Sending sending_;
  bool started_ = false, draining_ = false;
  std::string told_state_ = "-";
};

}  // namespace jackfield::sms::smpp
