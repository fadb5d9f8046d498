#include "smtp_client.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "xtext.hpp"

namespace jackfield::email {
namespace {

constexpr std::int64_t slow_down_ms = 60 * 1000, mend_ms = 60 * 1000;
constexpr std::size_t most_envelope_id = 100;  // RFC 3461, 4.4

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return out;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

SmtpResult unavailable(std::string_view why) {
  return {.outcome = SendOutcome::retry,
          .fault = SendFault::unavailable,
          .code = {},
          .detail = std::string(why),
          .server_fault = true};
}

SmtpResult rejected(SendFault fault, std::string_view why) {
  return {.outcome = SendOutcome::rejected, .fault = fault, .code = {}, .detail = std::string(why)};
}

}  // namespace

SmtpClient::SmtpClient(SmtpClientOptions options, Handlers handlers)
    : options_(std::move(options)), handlers_(std::move(handlers)) {}

void SmtpClient::receive(std::string_view bytes) {
  if (want_ != Want::bytes) return;  // what comes before the handshake is nobody's
  replies_.receive(bytes);
  while (want_ == Want::bytes) {
    const auto reply = replies_.next();
    if (!reply) break;
    take(*reply);
  }
  if (want_ == Want::bytes && replies_.broken()) {
    lost("it says what is no SMTP");
    want_ = Want::close;
  }
  if (want_ != Want::bytes) replies_.forget();
}

void SmtpClient::take(const SmtpReply& reply) {
  switch (state_) {
    case State::greeting: return reply.code == 220 ? say_hello() : fail(judged(reply, SendFault::unavailable));
    case State::hello: return take_hello(reply);
    case State::starttls:
      if (reply.code == 220) return void(want_ = Want::tls);
      return fail(unavailable("it refuses STARTTLS: " + reply.text()));
    case State::login: return take_login(reply);
    case State::envelope: return take_envelope(reply);
    case State::data: return take_data(reply);
    case State::body:  // before the mail's end: it does not want it
    case State::dot: return take_end(reply);
    case State::reset: return reply.good() ? become_ready() : quit();
    case State::ready:  // 421, as a rule: it closes
    case State::leaving:
    case State::closed: want_ = Want::close; state_ = State::closed;
  }
}

// ------------------------------------------------------------ before mails

void SmtpClient::say_hello() {
  state_ = State::hello;
  say("EHLO " + options_.hello_name);
}

void SmtpClient::take_capabilities(const SmtpReply& reply) {
  capabilities_.clear();
  for (std::size_t at = 1; at < reply.lines.size(); ++at) {
    const std::string line = upper(reply.lines[at]);
    const auto end = std::min(line.find_first_of(" ="), line.size());  // "AUTH=PLAIN" is an old way to say it
    std::string& parameters = capabilities_[line.substr(0, end)];
    parameters += " " + line.substr(std::min(end + 1, line.size())) + " ";
  }
}

void SmtpClient::take_hello(const SmtpReply& reply) {
  if (reply.code != 250) return fail(judged(reply, SendFault::unavailable));
  take_capabilities(reply);
  if (options_.encrypted || options_.tls == TlsPolicy::none) return log_in();
  if (has("STARTTLS")) {
    state_ = State::starttls;
    return say("STARTTLS");
  }
  if (options_.tls == TlsPolicy::required) return fail(unavailable("it offers no STARTTLS"));
  log_in();
}

void SmtpClient::tls_started() {
  if (want_ != Want::tls) return;
  want_ = Want::bytes;
  options_.encrypted = true;
  say_hello();
}

void SmtpClient::log_in() {
  if (options_.login.user.empty()) return become_ready();
  mechanism_ = choose_mechanism(options_.login, [this](std::string_view name) {
    return has("AUTH") && capabilities_["AUTH"].find(" " + std::string(name) + " ") != std::string::npos;
  });
  state_ = State::login;
  if (mechanism_ == Mechanism::none) {
    SmtpResult result = unavailable("it offers no way to log in that fits");
    result.fault = SendFault::auth;
    return fail(std::move(result));
  }
  const std::string first = first_response(mechanism_, options_.login);
  say("AUTH " + std::string(name_of(mechanism_)) + (first.empty() ? "" : " " + first));
}

void SmtpClient::take_login(const SmtpReply& reply) {
  if (reply.code == 235) return become_ready();
  if (reply.code == 334) return say(next_response(mechanism_, options_.login, challenges_++));
  fail(judged(reply, SendFault::auth));
}

void SmtpClient::become_ready() {
  state_ = State::ready;
  handlers_.ready();
}

void SmtpClient::fail(SmtpResult result) {
  result.server_fault = true;
  state_ = State::closed;
  want_ = Want::close;
  handlers_.failed(result);
}

void SmtpClient::quit() {
  if (state_ == State::closed) return;
  state_ = State::leaving;
  say("QUIT");
}

// ------------------------------------------------------------ a mail

void SmtpClient::send(SmtpMail mail) {
  mail_ = std::move(mail);
  said_ = answered_ = sent_ = 0;
  line_start_ = true;
  refusal_.reset();
  if (refuse_unsendable()) return;
  state_ = State::envelope;
  say_envelope();
}

bool SmtpClient::refuse_unsendable() {
  std::size_t limit = 0;
  if (const auto size = capabilities_.find("SIZE"); size != capabilities_.end()) {
    const std::string digits = size->second.substr(std::min(size->second.find_first_not_of(' '), size->second.size()));
    std::from_chars(digits.data(), digits.data() + digits.size(), limit);
  }
  if (limit > 0 && mail_.bytes->size() > limit) {
    finish(rejected(SendFault::content, "it is larger than the server takes: " + std::to_string(mail_.bytes->size()) +
                                            " bytes, and the limit is " + std::to_string(limit)),
           false);
    return true;
  }
  const bool plain = is_ascii(mail_.from) && std::all_of(mail_.to.begin(), mail_.to.end(), is_ascii);
  if (plain || has("SMTPUTF8")) return false;
  finish(rejected(SendFault::recipient, "the server takes no addresses beyond ASCII"), false);
  return true;
}

std::string SmtpClient::mail_command() const {
  std::string out = "MAIL FROM:<" + mail_.from + ">";
  if (has("SIZE")) out += " SIZE=" + std::to_string(mail_.bytes->size());
  const bool plain = is_ascii(mail_.from) && std::all_of(mail_.to.begin(), mail_.to.end(), is_ascii);
  if (!plain) out += " SMTPUTF8";
  const std::string id = to_xtext(mail_.envelope_id);
  if (has("DSN")) out += " RET=HDRS" + (id.empty() || id.size() > most_envelope_id ? "" : " ENVID=" + id);
  return out;
}

std::string SmtpClient::recipient_command(const std::string& address) const {
  const std::string out = "RCPT TO:<" + address + ">";
  return has("DSN") ? out + " NOTIFY=FAILURE,DELAY" : out;
}

// With PIPELINING all of it at once. DATA waits: said too early, it could send a mail to those who were not refused.
void SmtpClient::say_envelope() {
  const std::size_t all = 1 + mail_.to.size();
  do {
    say(said_ == 0 ? mail_command() : recipient_command(mail_.to[said_ - 1]));
    ++said_;
  } while (said_ < all && has("PIPELINING"));
}

// All recipients or none: who reads "sent" believes that all have it.
void SmtpClient::take_envelope(const SmtpReply& reply) {
  const bool recipient = answered_++ > 0;
  if (!reply.good() && !refusal_) {
    refusal_ = std::make_unique<SmtpResult>(judged(reply, recipient ? SendFault::recipient : SendFault::content));
    if (recipient && mail_.to.size() > 1) refusal_->detail = mail_.to[answered_ - 2] + ": " + refusal_->detail;
    refusal_->recipient_wait = recipient && refusal_->outcome == SendOutcome::retry;
  }
  if (answered_ < said_) return;
  if (refusal_) return finish(SmtpResult(*refusal_), true);
  if (said_ < 1 + mail_.to.size()) return say_envelope();
  state_ = State::data;
  say("DATA");
}

void SmtpClient::take_data(const SmtpReply& reply) {
  if (reply.code != 354) return finish(judged(reply, SendFault::content), true);
  state_ = State::body;
}

// Its own dots doubled, its last line ended.
std::string SmtpClient::take_output(std::size_t most) {
  std::string out = std::exchange(output_, {});
  if (state_ != State::body) return out;
  const std::string& bytes = *mail_.bytes;
  while (sent_ < bytes.size() && out.size() < most) {
    if (line_start_ && bytes[sent_] == '.') out.push_back('.');
    const auto end = std::min({bytes.find('\n', sent_), bytes.size() - 1, sent_ + most}) + 1;
    out.append(bytes, sent_, end - sent_);
    line_start_ = bytes[end - 1] == '\n';
    sent_ = end;
  }
  if (sent_ < bytes.size()) return out;
  if (!line_start_) out += "\r\n";
  out += ".\r\n";
  state_ = State::dot;
  return out;
}

void SmtpClient::take_end(const SmtpReply& reply) {
  const bool amid = state_ == State::body;
  if (!amid && reply.code / 100 == 2)
    return finish({SendOutcome::accepted, SendFault::none, std::to_string(reply.code), reply.text()}, false);
  finish(judged(reply, SendFault::content), false);
  if (amid) {  // it still waits for the rest, which it shall not get
    want_ = Want::close;
    state_ = State::closed;
  }
}

void SmtpClient::finish(const SmtpResult& result, bool reset) {
  const bool closing = result.code == "421" || state_ == State::body;
  mail_ = {};
  state_ = closing ? State::leaving : reset ? State::reset : State::ready;
  if (closing)
    say("QUIT");
  else if (reset)
    say("RSET");
  handlers_.done(result);
  if (state_ == State::ready) handlers_.ready();
}

void SmtpClient::lost(std::string_view why) {
  if (state_ == State::closed) return;
  const State was = std::exchange(state_, State::closed);
  SmtpResult result = unavailable(why);
  if (was < State::ready) return handlers_.failed(result);
  if (was == State::ready || was >= State::reset) return;
  result.server_fault = false;
  if (was == State::dot) {
    result.outcome = SendOutcome::unknown;
    result.detail = "no answer after the whole mail was sent: " + result.detail;
  }
  handlers_.done(result);
}

void SmtpClient::give_up() {
  want_ = Want::close;
  if (state_ == State::closed) return;
  const State was = std::exchange(state_, State::closed);
  SmtpResult result{.outcome = SendOutcome::cancelled, .fault = SendFault::none, .code = {}, .detail = "cancelled"};
  if (was == State::dot) {
    result.outcome = SendOutcome::unknown;
    result.detail = "no answer after the whole mail was sent";
  }
  if (was < State::ready) return handlers_.failed(result);
  if (was > State::ready && was < State::reset) handlers_.done(result);
}

// ------------------------------------------------------------ judgement

SmtpResult SmtpClient::judged(const SmtpReply& reply, SendFault permanent) const {
  SmtpResult out;
  out.code = std::to_string(reply.code);
  out.detail = reply.text();
  const bool login = reply.code == 530 || reply.code == 534 || reply.code == 535 || reply.code == 538;
  if (reply.code >= 500 && (login || permanent == SendFault::auth)) {  // once a person has mended it, it can leave
    out.fault = SendFault::auth;
    out.server_fault = true;
    out.after_ms = mend_ms;
    return out;
  }
  if (reply.code >= 500 && state_ != State::greeting && state_ != State::hello) {
    out.outcome = SendOutcome::rejected;
    out.fault = permanent;
    return out;
  }
  const bool slow_down =
      reply.code == 421 && out.detail.find(" 4.7.") != std::string::npos;  // 451 4.7.1 is greylisting
  out.fault = slow_down ? SendFault::throttled : SendFault::unavailable;
  out.after_ms = slow_down ? std::max(slow_down_ms, wait_said_in(out.detail)) : wait_said_in(out.detail);
  return out;
}

}  // namespace jackfield::email
