#include "simulate/smsc_exchange.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/string.hpp>
#include <utility>

namespace jackfield::simulate {
namespace {

namespace json = boost::json;

enum : std::uint32_t {
  response = 0x80000000,
  nack = 0x80000000,
  bind_receiver = 1,
  bind_transmitter = 2,
  submit_sm = 4,
  deliver_sm = 5,
  unbind = 6,
  bind_transceiver = 9,
  enquire_link = 0x15,
  ok = 0,
  bad_command = 3,
  bad_bind_state = 4,
  bad_length = 2,
  bad_password = 0x0E,
  bad_system_id = 0x0F,
  throttled = 0x58
};

constexpr std::size_t most_submits_kept = 200'000, most_waiting = 2'000'000;
constexpr std::int64_t again_after_ms = 200;  // what was answered that it cannot be taken now

std::string text_at(const json::object& in, std::string_view key) {
  const auto* value = in.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number_at(const json::object& in, std::string_view key, std::int64_t otherwise) {
  const auto* value = in.if_contains(key);
  boost::system::error_code error;
  const auto number = value && value->is_number() ? value->to_number<std::int64_t>(error) : otherwise;
  return error ? otherwise : number;
}

std::string cut(std::string_view text) { return std::string(text.substr(0, text.find('\0'))); }

std::vector<std::string> c_strings(std::string_view body, std::size_t count) {
  std::vector<std::string> out;
  while (out.size() < count && !body.empty()) {
    out.push_back(cut(body));
    body.remove_prefix(std::min(body.size(), out.back().size() + 1));
  }
  out.resize(count);
  return out;
}

void set_address(const std::string& text, std::string& digits, unsigned& ton, unsigned& npi) {
  const bool international = text.starts_with('+');
  digits = international ? text.substr(1) : text;
  ton = npi = international ? 1 : 0;
}

unsigned state_code(const std::string& state) {
  static const std::map<std::string, unsigned> codes = {{"ENROUTE", 1}, {"DELIVRD", 2}, {"EXPIRED", 3}, {"DELETED", 4},
                                                        {"UNDELIV", 5}, {"ACCEPTD", 6}, {"REJECTD", 8}};
  const auto found = codes.find(state);
  return found == codes.end() ? 7 : found->second;
}

json::object json_of(std::uint64_t number, const SmscMessage& message) {
  json::object out{{"number", number},           {"from", message.from},           {"to", message.to},
                   {"coding", message.coding},   {"esm_class", message.esm_class}, {"registered", message.registered},
                   {"hex", hex_of(message.text)}};
  json::object parameters;
  for (const auto& [tag, value] : message.parameters) parameters[std::to_string(tag)] = hex_of(value);
  if (!parameters.empty()) out["parameters"] = std::move(parameters);
  return out;
}

}  // namespace

void SmscExchange::opened(Connection connection) { peers_[connection]; }

void SmscExchange::closed(Connection connection) {
  const auto found = peers_.find(connection);
  if (found == peers_.end()) return;
  auto open = std::move(found->second.open);
  peers_.erase(found);
  redelivered_ += open.size();
  for (auto each = open.rbegin(); each != open.rend(); ++each) waiting_.push_front(std::move(each->second));
  deliver_waiting();
}

void SmscExchange::received(Connection connection, std::string_view bytes, std::int64_t now_ms) {
  now_ms_ = now_ms;
  const auto found = peers_.find(connection);
  if (found == peers_.end() || output_[connection].close) return;
  Peer& peer = found->second;
  peer.input += bytes;
  bool broken = false;
  while (!output_[connection].close) {
    const auto pdu = take_pdu(peer.input, broken);
    if (!pdu) break;
    on_pdu(connection, peer, *pdu);
  }
  if (broken) {
    say(connection, {nack, bad_length, 0, {}});
    output_[connection].close = true;
  }
  deliver_waiting();
}

void SmscExchange::on_pdu(Connection connection, Peer& peer, const SmscPdu& pdu) {
  switch (pdu.command) {
    case bind_receiver:
    case bind_transmitter:
    case bind_transceiver: return on_bind(connection, peer, pdu);
    case enquire_link:
      if (!behaviour_.silent) say(connection, {enquire_link | response, ok, pdu.sequence, {}});
      return;
    case unbind:
      say(connection, {unbind | response, ok, pdu.sequence, {}});
      output_[connection].close = true;
      return;
    case submit_sm: return on_submit(connection, peer, pdu);
    case deliver_sm | response: return on_delivered(peer, pdu);
    case nack: ++nacks_; return on_delivered(peer, pdu);
    default:
      if (!(pdu.command & response)) say(connection, {nack, bad_command, pdu.sequence, {}});
  }
}

void SmscExchange::on_bind(Connection connection, Peer& peer, const SmscPdu& pdu) {
  const auto names = c_strings(pdu.body, 2);
  std::uint32_t status = ok;
  if (!accounts_.system_id.empty() && names[0] != accounts_.system_id) status = bad_system_id;
  if (status == ok && !accounts_.password.empty() && names[1] != accounts_.password) status = bad_password;
  say(connection, {pdu.command | response, status, pdu.sequence, std::string("SMSC\0\x02\x10\0\1\x34", 10)});
  if (status != ok) return;
  ++binds_;
  peer.bound = true;
  peer.sends = pdu.command != bind_receiver;
  peer.receives = pdu.command != bind_transmitter;
}

void SmscExchange::on_submit(Connection connection, Peer& peer, const SmscPdu& pdu) {
  ++seen_;
  const auto message = parse_message(pdu.body);
  if (!peer.sends) return say(connection, {submit_sm | response, bad_bind_state, pdu.sequence, {}});
  if (!message) return say(connection, {nack, bad_length, pdu.sequence, {}});
  const std::uint32_t status = verdict();
  if (status != ok) return answer_submit(connection, pdu, status, 0);
  ++taken_;
  const std::uint64_t number = behaviour_.next_id++;
  submits_.push_back({number, *message});
  if (submits_.size() > most_submits_kept) submits_.pop_front();
  if (behaviour_.drop_after > 0) {
    if (--behaviour_.drop_after == 0) output_[connection].close = true;
    return;
  }
  const bool wants_receipt = (message->registered & 3) == 1 && behaviour_.receipts != "none";
  if (wants_receipt && behaviour_.receipts == "before") {
    add_receipt(number, *message);
    deliver_waiting();
  }
  answer_submit(connection, pdu, ok, number);
  if (wants_receipt && behaviour_.receipts == "after") add_receipt(number, *message);
}

std::uint32_t SmscExchange::verdict() {
  if (now_ms_ - second_ms_ >= 1000) second_ms_ = now_ms_, in_second_ = 0;
  const bool too_fast = behaviour_.per_second > 0 && ++in_second_ > behaviour_.per_second;
  if (behaviour_.throttle > 0 || too_fast) {
    if (behaviour_.throttle > 0) --behaviour_.throttle;
    ++throttled_;
    return throttled;
  }
  if (behaviour_.refuse == 0) return ok;
  --behaviour_.refuse;
  ++refused_;
  return behaviour_.refuse_status;
}

void SmscExchange::answer_submit(Connection connection, const SmscPdu& submit, std::uint32_t status,
                                 std::uint64_t number) {
  SmscPdu answer{submit_sm | response, status, submit.sequence, {}};
  if (status == ok && !behaviour_.no_body) answer.body = id_of(number, behaviour_.ids) + '\0';
  if (behaviour_.delay_ms == 0) return say(connection, answer);
  later_.emplace(now_ms_ + behaviour_.delay_ms, Later{connection, pdu_bytes(answer)});
}

void SmscExchange::add_receipt(std::uint64_t number, const SmscMessage& of) {
  const auto& way = behaviour_.receipt_ids == "same" ? behaviour_.ids : behaviour_.receipt_ids;
  const std::string id = id_of(number, way);
  SmscMessage receipt;
  receipt.from = of.to, receipt.from_ton = of.to_ton, receipt.from_npi = of.to_npi;
  receipt.to = of.from, receipt.to_ton = of.from_ton, receipt.to_npi = of.from_npi;
  receipt.esm_class = 4;
  if (behaviour_.receipt_form != "parameters")
    receipt.text = "id:" + id +
                   " sub:001 dlvrd:001 submit date:2611211000 done date:2611211001 stat:" + behaviour_.receipt_state +
                   " err:000 text:" + of.text.substr(0, 20);
  if (behaviour_.receipt_form != "text")
    receipt.parameters = {{0x001E, id + '\0'}, {0x0427, {static_cast<char>(state_code(behaviour_.receipt_state))}}};
  Delivery delivery{message_body(receipt), true, 0};
  if (behaviour_.receipt_delay_ms > 0)
    receipts_later_.emplace(now_ms_ + behaviour_.receipt_delay_ms, std::move(delivery));
  else
    waiting_.push_back(std::move(delivery));
}

void SmscExchange::on_delivered(Peer& peer, const SmscPdu& pdu) {
  const auto found = peer.open.find(pdu.sequence);
  if (found == peer.open.end()) return;
  Delivery delivery = std::move(found->second);
  peer.open.erase(found);
  if (pdu.status == ok) {
    ++(delivery.receipt ? receipts_delivered_ : delivered_);
  } else if (pdu.command != nack) {
    ++put_back_;
    receipts_later_.emplace(now_ms_ + again_after_ms, std::move(delivery));
  }
}

SmscExchange::Peer* SmscExchange::next_receiver(Connection& connection) {
  for (std::size_t tries = 0; tries < peers_.size(); ++tries) {
    auto at = peers_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(turn_++ % peers_.size()));
    if (at->second.receives && at->second.open.size() < window_ && !output_[at->first].close) {
      connection = at->first;
      return &at->second;
    }
  }
  return nullptr;
}

void SmscExchange::deliver_waiting() {
  Connection connection = 0;
  while (!waiting_.empty()) {
    Peer* peer = next_receiver(connection);
    if (!peer) return;
    const std::uint32_t sequence = ++peer->sequence;
    say(connection, {deliver_sm, 0, sequence, waiting_.front().body});
    peer->open[sequence] = std::move(waiting_.front());
    waiting_.pop_front();
  }
}

void SmscExchange::tick(std::int64_t now_ms) {
  now_ms_ = now_ms;
  while (!later_.empty() && later_.begin()->first <= now_ms) {
    const Later later = std::move(later_.begin()->second);
    later_.erase(later_.begin());
    if (peers_.contains(later.connection)) output_[later.connection].bytes += later.bytes;
  }
  while (!receipts_later_.empty() && receipts_later_.begin()->first <= now_ms) {
    waiting_.push_back(std::move(receipts_later_.begin()->second));
    receipts_later_.erase(receipts_later_.begin());
  }
  deliver_waiting();
}

std::int64_t SmscExchange::next_tick_ms() const {
  std::int64_t next = 0;
  if (!later_.empty()) next = later_.begin()->first;
  if (!receipts_later_.empty() && (next == 0 || receipts_later_.begin()->first < next))
    next = receipts_later_.begin()->first;
  return next;
}

Result<void> SmscExchange::behave(const json::object& change) {
  auto next = changed(behaviour_, change);
  if (!next) return next.error();
  behaviour_ = std::move(*next);
  return {};
}

Result<void> SmscExchange::add_messages(const json::object& wanted, std::int64_t now_ms) {
  now_ms_ = now_ms;
  SmscMessage message;
  const std::string from = text_at(wanted, "from");
  set_address(text_at(wanted, "to"), message.to, message.to_ton, message.to_npi);
  message.coding = static_cast<unsigned>(number_at(wanted, "coding", 0) & 0xFF);
  message.esm_class = static_cast<unsigned>(number_at(wanted, "esm_class", 0) & 0xFF);
  const std::string text = text_at(wanted, "text");
  const auto octets = bytes_of_hex(text_at(wanted, "hex"));
  if (!octets || text.size() > 200 || octets->size() > 254)
    return fail(Errc::invalid, "hex is not hexadecimal, or it is too long for one short message");
  const auto count = static_cast<std::uint64_t>(std::max<std::int64_t>(number_at(wanted, "count", 1), 0));
  const auto senders = static_cast<std::uint64_t>(std::max<std::int64_t>(number_at(wanted, "senders", 1), 1));
  if (count + waiting_.size() > most_waiting) return fail(Errc::invalid, "too many messages wait");
  for (std::uint64_t i = 0; i < count; ++i) {
    const bool many = senders > 1;
    set_address(many ? "+" + std::to_string(447700000000 + i % senders) : from, message.from, message.from_ton,
                message.from_npi);
    message.text = octets->empty() ? text + (count > 1 ? " " + std::to_string(i) : "") : *octets;
    waiting_.push_back({message_body(message), false, 0});
  }
  deliver_waiting();
  return {};
}

void SmscExchange::send_raw(std::string_view bytes) {
  for (const auto& [connection, peer] : peers_)
    if (peer.bound) output_[connection].bytes += bytes;
}

void SmscExchange::drop() {
  for (const auto& [connection, peer] : peers_) output_[connection].close = true;
}

json::object SmscExchange::state() const {
  std::size_t bound = 0, open = 0;
  for (const auto& [connection, peer] : peers_) bound += peer.bound, open += peer.open.size();
  return {{"bound", bound},
          {"binds", binds_},
          {"submits", {{"seen", seen_}, {"taken", taken_}, {"throttled", throttled_}, {"refused", refused_}}},
          {"messages",
           {{"waiting", waiting_.size() + receipts_later_.size()},
            {"open", open},
            {"delivered", delivered_},
            {"receipts", receipts_delivered_},
            {"put_back", put_back_},
            {"redelivered", redelivered_},
            {"nacks", nacks_}}}};
}

json::object SmscExchange::submits(std::size_t most) const {
  json::array items;
  for (std::size_t i = submits_.size() - std::min(most, submits_.size()); i < submits_.size(); ++i)
    items.push_back(json_of(submits_[i].number, submits_[i].message));
  return {{"items", std::move(items)}, {"taken", taken_}};
}

void SmscExchange::forget() { submits_.clear(); }

}  // namespace jackfield::simulate
