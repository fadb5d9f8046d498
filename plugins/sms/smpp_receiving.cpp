#include "smpp_receiving.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "kv_store.hpp"
#include "smpp_inbound.hpp"
#include "smpp_status.hpp"

namespace jackfield::sms::smpp {
namespace {

constexpr std::int64_t hold_ms = 2000;
constexpr std::size_t most_held = 256, most_seen_malformed = 64;
constexpr std::string_view way_key = "smpp/receipt_ids";

constexpr ReceiptIds ways[] = {ReceiptIds::as_is, ReceiptIds::response_hex_receipt_decimal,
                               ReceiptIds::response_decimal_receipt_hex};

std::string_view name_of(ReceiptIds way) {
  switch (way) {
    case ReceiptIds::response_hex_receipt_decimal: return "resp_hex_receipt_dec";
    case ReceiptIds::response_decimal_receipt_hex: return "resp_dec_receipt_hex";
    default: return "as_is";
  }
}

std::string_view status_of(MessageState state) {
  switch (state) {
    case MessageState::delivered: return "delivered";
    case MessageState::expired:
    case MessageState::deleted:
    case MessageState::undeliverable:
    case MessageState::rejected:
    case MessageState::skipped: return "failed";
    default: return "sent";  // on its way; UNKNOWN says nothing that would end it
  }
}

sdk::ErrorClass class_of(MessageState state) {
  switch (state) {
    case MessageState::undeliverable: return sdk::ErrorClass::recipient;
    case MessageState::rejected: return sdk::ErrorClass::content;
    default: return sdk::ErrorClass::unavailable;
  }
}

std::uint32_t answer_to(jf_status status) {
  if (status == JF_OK) return ESME_ROK;
  return status == JF_BUSY ? ESME_RTHROTTLED : ESME_RX_T_APPN;
}

std::uint64_t connection_of(const Origin& origin) { return origin.connection * 64 + origin.bind; }

}  // namespace

std::string raw_of(std::uint32_t command, const ShortMessage& message) {
  return command == data_sm ? "data_sm " + hex(write_data_sm(message), 65536)
                            : "deliver_sm " + hex(write_short_message(message), 65536);
}

std::optional<ShortMessage> message_in(std::string_view raw) {
  const bool data = raw.starts_with("data_sm ");
  if (!data && !raw.starts_with("deliver_sm ")) return std::nullopt;
  const auto body = from_hex(raw.substr(raw.find(' ') + 1));
  if (!body) return std::nullopt;
  return data ? read_data_sm(*body) : read_short_message(*body);
}

Receiving::Receiving(sdk::Host& host, Inbox& inbox, const SmppSettings& settings, ReceiptIdMatcher& ids,
                     PartReceipts& parts, Respond respond)
    : host_(host),
      inbox_(inbox),
      settings_(settings),
      ids_(ids),
      parts_(parts),
      respond_(std::move(respond)),
      kept_way_(ids.way()) {}

void Receiving::load(std::function<void()> done) {
  const auto finished = std::make_shared<std::function<void()>>(std::move(done));
  const auto get = [&](const std::string& key, std::function<void(std::string_view)> use) {
    ++loading_;
    host_.kv_get(key, [this, use, finished](jf_status status, std::string_view value) {
      if (status == JF_OK) use(value);
      if (--loading_ > 0) return;
      redeliveries_.loaded(host_.now_ms());
      (*finished)();
    });
  };
  ++loading_;  // so that it is not done before all are asked for
  for (std::size_t slot = 0; slot < Redeliveries::slots; ++slot)
    get(Redeliveries::key_of(slot), [this](std::string_view value) { redeliveries_.load(value); });
  for (std::size_t shelf = 0; shelf < PartReceipts::shelves; ++shelf)
    get(PartReceipts::key_of(shelf), [this, shelf](std::string_view value) { parts_.load(shelf, value); });
  if (ids_.way() == ReceiptIds::automatic)
    get(std::string(way_key), [this](std::string_view value) {
      for (const auto way : ways)
        if (value == name_of(way)) ids_.set_way(kept_way_ = way);
    });
  --loading_;
  get(std::string(Redeliveries::rest_key), [this](std::string_view value) { redeliveries_.load_rest(value); });
}

void Receiving::take(const Origin& origin, std::uint32_t command, std::uint32_t sequence, ShortMessage&& message,
                     bool may_wait) {
  const Came came{origin, command, sequence};
  if (is_receipt(message.esm_class) || settings_.guess_receipts) {
    if (const auto receipt = read_receipt(message)) return take_receipt(came, *receipt, may_wait);
  }
  if (!is_receipt(message.esm_class)) return take_message(came, std::move(message));
  ++open_;
  inbox_.undecodable("a receipt without an id or a state", raw_of(command, message),
                     [this, came](jf_status status) { answer(came, status, 0); });
}

void Receiving::take_message(const Came& came, ShortMessage&& message) {
  std::string reason;
  auto inbound = read_inbound(message, settings_.charset, reason);
  ++open_;
  if (!inbound)
    return inbox_.undecodable(reason, raw_of(came.command, message),
                              [this, came](jf_status status) { answer(came, status, 0); });
  auto arrival = redeliveries_.arrived(connection_of(came.origin), fingerprint(message), host_.now_ms());
  inbound->id = new_id();
  inbound->suspected_redelivery = arrival.suspected;
  if (arrival.suspected) host_.count("suspected_redeliveries");
  inbox_.receive(std::move(*inbound), std::move(arrival.writes),
                 [this, came, ticket = arrival.ticket](jf_status status) {
                   if (status != JF_OK) redeliveries_.refused(ticket);
                   answer(came, status, status == JF_OK ? ticket : 0);
                 });
}

void Receiving::take_receipt(const Came& came, const DeliveryReceipt& receipt, bool may_wait) {
  const auto match = ids_.match(receipt.id);
  if (!match.certain && may_wait && held_.size() < most_held) {
    held_.push_back({came, receipt, host_.now_ms() + hold_ms});
    ++open_;
    return;
  }
  keep_way();
  ++open_;
  hand_up(came, receipt, match.id);
}

// Kept once it was learnt: for receipts after a restart, of messages that are not in memory then.
void Receiving::keep_way() {
  if (ids_.way() == kept_way_) return;
  kept_way_ = ids_.way();
  const std::string way(name_of(kept_way_));
  host_.info("learnt how receipts write ids: " + way + "; the setting receipt_ids can say so from the start");
  store(host_, {{std::string(way_key), way}}, [](jf_status) {});
}

void Receiving::hand_up(const Came& came, const DeliveryReceipt& read, const std::string& id) {
  Receipt receipt;
  receipt.id = id;
  receipt.status = status_of(read.state);
  receipt.code =
      read.error.empty() || read.error.find_first_not_of('0') == std::string::npos ? read.state_text : read.error;
  receipt.detail = "the carrier says " + read.state_text + (read.error.empty() ? "" : ", error " + read.error);
  if (receipt.status == "failed") receipt.error = class_of(read.state);
  auto step = parts_.on_receipt(id, receipt.status);
  KvWrites writes = step.writes;
  const bool tell = step.tell;
  auto done = [this, came, step = std::move(step)](jf_status status) {
    if (status != JF_OK) parts_.take_back(step);
    answer(came, status, 0);
  };
  if (!tell) return store(host_, writes, std::move(done));
  inbox_.receive(std::move(receipt), std::move(writes), std::move(done));
}

void Receiving::answer(const Came& came, jf_status status, std::uint64_t ticket) {
  --open_;
  if (status != JF_OK) host_.count(status == JF_BUSY ? "inbound_throttled" : "inbound_failed");
  respond_(came.origin, came.command, came.sequence, answer_to(status), ticket);
}

void Receiving::match_held() {
  auto held = std::exchange(held_, {});
  for (auto& each : held) {
    if (!ids_.match(each.receipt.id).certain && host_.now_ms() < each.until_ms) {
      held_.push_back(std::move(each));
      continue;
    }
    --open_;
    take_receipt(each.came, each.receipt, false);
  }
}

void Receiving::on_connection_lost(const Origin& origin) { redeliveries_.connection_lost(connection_of(origin)); }

void Receiving::on_malformed(std::string_view reason, std::string_view pdu) {
  host_.count("malformed_pdus");
  host_.warn("malformed PDU (" + std::string(reason) + "): " + hex(pdu));
  const std::string text = hex(pdu, 65536);
  if (std::find(seen_malformed_.begin(), seen_malformed_.end(), text) != seen_malformed_.end()) return;
  if (seen_malformed_.size() == most_seen_malformed) seen_malformed_.pop_front();
  seen_malformed_.push_back(text);
  inbox_.undecodable(reason, text, [](jf_status) {});
}

void Receiving::tick() {
  if (!held_.empty()) match_held();
  if (open_ == 0) keep_quiet_state();
}

void Receiving::keep_quiet_state() {
  if (storing_) return;
  const KvWrites writes = redeliveries_.unwritten();
  if (writes.empty()) return;
  storing_ = true;
  store(host_, writes, [this](jf_status) { storing_ = false; });
}

// Ours: SMPP gives an inbound message none.
std::string Receiving::new_id() {
  std::array<std::uint8_t, 16> octets{};
  host_.random(octets);
  return "smpp-" + hex({reinterpret_cast<const char*>(octets.data()), octets.size()});
}

}  // namespace jackfield::sms::smpp
