#include "smpp_session.hpp"

#include <algorithm>
#include <utility>

#include "smpp_status.hpp"

namespace jackfield::sms::smpp {
namespace {

constexpr std::size_t most_overdue = 1024;       // late answers that are still waited for
constexpr std::size_t ask_after_responses = 32;  // said and perhaps not read: then the peer is asked at once
constexpr std::int64_t ask_every_ms = 2000;      // for fewer of them
constexpr std::int64_t leave_timeout_ms = 5000;
constexpr std::uint32_t last_sequence = 0x7FFFFFFF;

bool is_bind(std::uint32_t command) {
  return command == bind_receiver || command == bind_transmitter || command == bind_transceiver;
}

std::string whole(const Pdu& pdu) { return write(pdu.command, pdu.status, pdu.sequence, pdu.body); }

}  // namespace

Session::Session(SessionOptions options, SessionListener& listener)
    : options_(std::move(options)), listener_(listener) {}

void Session::start(std::int64_t now_ms) {
  now_ms_ = heard_ms_ = now_ms;
  state_ = State::binding;
  request(options_.bind, write_bind(options_.request), 0, now_ms);
}

std::size_t Session::room() const {
  if (state_ != State::bound || options_.bind == bind_receiver) return 0;
  return options_.window - std::min(options_.window, open_submits_);
}

void Session::submit(std::uint64_t ticket, const ShortMessage& message, std::int64_t now_ms) {
  ++open_submits_;
  request(submit_sm, write_short_message(message), ticket, now_ms);
}

std::uint32_t Session::request(std::uint32_t command, std::string_view body, std::uint64_t ticket,
                               std::int64_t now_ms) {
  do last_sequence_ = last_sequence_ == last_sequence ? 1 : last_sequence_ + 1;
  while (open_.contains(last_sequence_));
  open_[last_sequence_] = Open{command, ticket, ++requests_, now_ms, false};
  output_ += write(command, ESME_ROK, last_sequence_, body);
  return last_sequence_;
}

void Session::respond(std::uint32_t command, std::uint32_t sequence, std::uint32_t status, std::uint64_t ticket) {
  if (unanswered_ > 0) --unanswered_;
  if (state_ == State::over) return;
  // A message id of zero length; data_sm_resp has the same body.
  output_ += write(command | response_bit, status, sequence, std::string_view("\0", 1));
  if (ticket != 0) said_.push_back({requests_, ticket});
  if (said_.size() >= ask_after_responses) ask_whether_read();
  end_if_all_is_said();
}

void Session::leave(std::int64_t now_ms) {
  if (state_ == State::idle || state_ == State::binding) return end("closed");
  if (state_ != State::bound) return;
  state_ = State::leaving;
  leaving_ms_ = now_ms;
  request(unbind, {}, 0, now_ms);
}

std::vector<std::uint64_t> Session::take_open_submits() {
  std::vector<std::uint64_t> tickets;
  for (const auto& [sequence, open] : std::exchange(open_, {}))
    if (open.command == submit_sm && !open.overdue) tickets.push_back(open.ticket);
  open_submits_ = 0;
  return tickets;
}

void Session::receive(std::string_view bytes, std::int64_t now_ms) {
  now_ms_ = heard_ms_ = now_ms;
  framer_.add(bytes);
  while (state_ != State::over) {
    const auto pdu = framer_.next();
    if (!pdu) break;
    on_pdu(*pdu);
  }
  if (state_ == State::over || !framer_.is_lost()) return;
  listener_.on_malformed("its length cannot be, the connection is given up", framer_.bytes());
  output_ += write(generic_nack, ESME_RINVCMDLEN, 0);
  end("a PDU of an impossible length came");
}

void Session::on_pdu(const Pdu& pdu) {
  if (pdu.command & response_bit) return on_response(pdu);
  on_request(pdu);
}

void Session::on_request(const Pdu& pdu) {
  switch (pdu.command) {
    case enquire_link: output_ += write(enquire_link | response_bit, ESME_ROK, pdu.sequence); return;
    case deliver_sm:
    case data_sm: return on_short_message(pdu);
    case unbind:
      output_ += write(unbind | response_bit, ESME_ROK, pdu.sequence);
      state_ = State::asked_to_leave;
      leaving_ms_ = now_ms_;
      return end_if_all_is_said();
    case alert_notification:
    case outbind: return;  // these have no answer
    default: return refuse(pdu, ESME_RINVCMDID, "it asks for what an SMSC cannot ask for");
  }
}

void Session::on_short_message(const Pdu& pdu) {
  if (state_ == State::binding) return refuse(pdu, ESME_RINVBNDSTS, "it came before the bind was answered");
  auto message = pdu.command == data_sm ? read_data_sm(pdu.body) : read_short_message(pdu.body);
  if (!message) return refuse(pdu, ESME_RINVCMDLEN, "its fields do not fit its length");
  ++unanswered_;
  if (unanswered_ > options_.most_unanswered) return respond(pdu.command, pdu.sequence, ESME_RTHROTTLED, 0);
  listener_.on_message(pdu.command, pdu.sequence, std::move(*message));
}

void Session::refuse(const Pdu& pdu, std::uint32_t status, std::string_view reason) {
  output_ += write(generic_nack, status, pdu.sequence);
  listener_.on_malformed(reason, whole(pdu));
}

void Session::on_response(const Pdu& pdu) {
  const auto found = open_.find(pdu.sequence);
  if (found == open_.end()) {
    // An answer to nothing, or to what was given up long ago. A generic_nack of 0 speaks of bytes, not of a request.
    if (pdu.command == generic_nack) listener_.on_malformed("the peer could not read something of ours", whole(pdu));
    return;
  }
  const Open open = found->second;
  if (pdu.command != generic_nack && pdu.command != (open.command | response_bit))
    return listener_.on_malformed("it answers with another command than was asked", whole(pdu));
  open_.erase(found);
  confirm_until(open.ordinal);
  if (open.command == submit_sm) return on_submit_response(pdu, open);
  if (is_bind(open.command)) return on_bind_response(pdu);
  if (open.command == unbind) return end("we took leave");
  end_if_all_is_said();
}

void Session::on_submit_response(const Pdu& pdu, const Open& open) {
  open.overdue ? --overdue_ : --open_submits_;
  // A nack that says OK would make the message taken and refused at once.
  const bool nack = pdu.command == generic_nack;
  const std::uint32_t status = nack && pdu.status == ESME_ROK ? std::uint32_t{ESME_RINVCMDID} : pdu.status;
  const auto id = nack ? std::string() : read_message_id(pdu.body);
  if (!id) listener_.on_malformed("its message id is too long", whole(pdu));
  listener_.on_submit_answered(open.ticket, status, id.value_or(""), open.overdue);
  end_if_all_is_said();
}

void Session::on_bind_response(const Pdu& pdu) {
  if (state_ != State::binding) return;
  if (pdu.status != ESME_ROK || pdu.command == generic_nack) {
    end("the bind was refused: " + status_name(pdu.status));
    return listener_.on_bind_refused(pdu.status);
  }
  state_ = State::bound;
  listener_.on_bound(read_message_id(pdu.body).value_or(""));
}

// What was said before that request is read: the peer reads in order.
void Session::confirm_until(std::uint64_t ordinal) {
  while (!said_.empty() && said_.front().after_ordinal < ordinal) {
    const std::uint64_t ticket = said_.front().ticket;
    said_.pop_front();
    listener_.on_response_read(ticket);
  }
}

void Session::tick(std::int64_t now_ms) {
  now_ms_ = now_ms;
  if (state_ == State::idle || state_ == State::over) return;
  if (state_ == State::binding && now_ms - heard_ms_ >= options_.bind_timeout_ms)
    return end("the bind was not answered");
  const bool leaves = state_ == State::leaving || state_ == State::asked_to_leave;
  if (leaves && now_ms - leaving_ms_ >= leave_timeout_ms) return end("taking leave took too long");
  give_up_overdue();
  if (state_ == State::bound) enquire_when_due();
}

void Session::give_up_overdue() {
  std::vector<std::uint64_t> tickets;
  for (auto each = open_.begin(); each != open_.end();) {
    auto& [sequence, open] = *each;
    const bool late = now_ms_ - open.at_ms >= options_.response_timeout_ms;
    if (late && open.command == enquire_link) return end("enquire_link was not answered");
    if (!late || open.command != submit_sm || open.overdue) {
      ++each;
      continue;
    }
    tickets.push_back(open.ticket);
    --open_submits_;
    open.overdue = overdue_ < most_overdue;
    open.overdue ? (++overdue_, ++each) : each = open_.erase(each);
  }
  for (const std::uint64_t ticket : tickets) listener_.on_submit_overdue(ticket);
}

void Session::enquire_when_due() {
  const bool silent =
      now_ms_ - heard_ms_ >= options_.enquire_link_ms && now_ms_ - asked_ms_ >= options_.enquire_link_ms;
  if (silent) return enquire();
  if (!said_.empty() && now_ms_ - asked_ms_ >= ask_every_ms) ask_whether_read();
}

// Unless that was asked since: the answer is still to come.
void Session::ask_whether_read() {
  if (state_ == State::bound && newest_enquiry_ <= said_.front().after_ordinal) enquire();
}

void Session::enquire() {
  asked_ms_ = now_ms_;
  newest_enquiry_ = requests_ + 1;
  request(enquire_link, {}, 0, now_ms_);
}

// The peer took leave: what is open is still answered on both sides.
void Session::end_if_all_is_said() {
  if (state_ == State::asked_to_leave && open_submits_ + unanswered_ == 0) end("the peer took leave");
}

void Session::end(std::string why) {
  state_ = State::over;
  why_ = std::move(why);
}

}  // namespace jackfield::sms::smpp
