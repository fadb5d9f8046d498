#include "simulate/smtp_sink_session.hpp"

#include <charconv>
#include <utility>

namespace jackfield::simulate {
namespace {

constexpr std::size_t most_bytes = 64 * 1024 * 1024;  // of one mail, or of one line

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

// "a@b" of "FROM:<a@b> SIZE=3".
std::string address_in(std::string_view text) {
  const auto open = text.find('<'), end = text.find('>');
  if (open == std::string_view::npos || end == std::string_view::npos || end < open) return {};
  return std::string(text.substr(open + 1, end - open - 1));
}

Result<int> number(std::string_view text, std::string_view fault, int least, int most) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most)
    return fail(Errc::invalid,
                std::string(fault) + " takes a number from " + std::to_string(least) + " to " + std::to_string(most));
  return value;
}

Result<Millis> duration(std::string_view text) {
  const bool millis = text.ends_with("ms");
  if (!text.ends_with('s')) return fail(Errc::invalid, "slow takes a time, as in slow=2s or slow=200ms");
  const auto value = number(text.substr(0, text.size() - (millis ? 2 : 1)), "slow", 0, 600000);
  if (!value) return value.error();
  return Millis{millis ? *value : *value * 1000};
}

Result<void> add_fault(SinkFaults& faults, std::string_view fault) {
  const auto equals = fault.find('=');
  const std::string_view name = fault.substr(0, equals);
  const std::string_view value = equals == std::string_view::npos ? std::string_view() : fault.substr(equals + 1);
  if (name == "greylist" && value.empty())
    faults.greylist = true;
  else if (name == "drop-after-data" && value.empty())
    faults.drop_after_data = true;
  else if (name == "slow") {
    const auto time = duration(value);
    if (!time) return time.error();
    faults.slow = *time;
  } else if (name == "reject-rcpt" || name == "reject-data") {
    const auto code = number(value, name, 400, 599);
    if (!code) return code.error();
    (name == "reject-rcpt" ? faults.reject_rcpt : faults.reject_data) = *code;
  } else {
    return fail(Errc::invalid,
                "unknown fault \"" + std::string(fault) +
                    "\": there are reject-rcpt=CODE, reject-data=CODE, greylist, drop-after-data, slow=TIME");
  }
  return {};
}

}  // namespace

Result<SinkFaults> parse_faults(const std::vector<std::string>& faults) {
  SinkFaults parsed;
  for (const std::string& fault : faults)
    if (const auto added = add_fault(parsed, fault); !added) return added.error();
  return parsed;
}

SinkSession::SinkSession(bool offer_tls, std::set<std::string>& greylisted, std::function<void(SunkMail)> keep)
    : offer_tls_(offer_tls), greylisted_(greylisted), keep_(std::move(keep)) {}

std::string SinkSession::greeting() { return "220 sink ESMTP\r\n"; }

SinkSession::Reaction SinkSession::receive(std::string_view bytes, const SinkFaults& faults) {
  Reaction reaction;
  input_.append(bytes);
  std::size_t used = 0;
  for (auto end = input_.find("\r\n"); end != std::string::npos; end = input_.find("\r\n", used)) {
    const std::string text = input_.substr(used, end - used);
    used = end + 2;
    if (in_data_)
      data_line(text, faults, reaction);
    else
      line(text, faults, reaction);
    if (reaction.close || reaction.start_tls || !reaction.delayed_answer.empty()) break;
  }
  input_.erase(0, used);
  if (input_.size() > most_bytes || mail_.bytes.size() > most_bytes) reaction.close = true;
  return reaction;
}

void SinkSession::tls_started() {
  offer_tls_ = false;
  input_.clear();
  mail_ = {};
}

void SinkSession::line(std::string_view text, const SinkFaults& faults, Reaction& reaction) {
  const std::string verb = upper(text.substr(0, 4));
  std::string& answer = reaction.answer;
  if (verb == "EHLO") {
    answer += std::string("250-sink\r\n250-PIPELINING\r\n") + (offer_tls_ ? "250-STARTTLS\r\n" : "") +
              "250-AUTH PLAIN LOGIN\r\n250-SMTPUTF8\r\n250 8BITMIME\r\n";
  } else if (verb == "MAIL") {
    mail_ = {};
    mail_.from = address_in(text);
    answer += "250 2.1.0 ok\r\n";
  } else if (verb == "RCPT") {
    recipient(address_in(text), faults, reaction);
  } else if (verb == "DATA") {
    in_data_ = !mail_.to.empty();
    answer += in_data_ ? "354 go ahead\r\n" : "503 5.5.1 no recipients\r\n";
  } else if (verb == "QUIT") {
    answer += "221 2.0.0 bye\r\n";
    reaction.close = true;
  } else if (verb == "STAR" && offer_tls_) {
    answer += "220 2.0.0 go ahead\r\n";
    reaction.start_tls = true;
  } else if (verb == "AUTH") {
    answer += upper(text).starts_with("AUTH PLAIN ") ? "235 2.7.0 whoever you are\r\n"
                                                     : "504 5.5.4 only AUTH PLAIN with its answer\r\n";
  } else if (verb == "HELO" || verb == "RSET" || verb == "NOOP") {
    mail_ = {};
    answer += "250 2.0.0 ok\r\n";
  } else {
    answer += "500 5.5.2 unknown command\r\n";
  }
}

void SinkSession::recipient(const std::string& address, const SinkFaults& faults, Reaction& reaction) {
  if (faults.reject_rcpt != 0) {
    reaction.answer += std::to_string(faults.reject_rcpt) + " simulated refusal of <" + address + ">\r\n";
  } else if (faults.greylist && greylisted_.insert(address).second) {
    reaction.answer += "451 4.7.1 greylisted, try again later\r\n";
  } else {
    mail_.to.push_back(address);
    reaction.answer += "250 2.1.5 ok\r\n";
  }
}

void SinkSession::data_line(std::string_view text, const SinkFaults& faults, Reaction& reaction) {
  if (text == ".") return end_mail(faults, reaction);
  if (text.starts_with('.')) text.remove_prefix(1);
  mail_.bytes.append(text).append("\r\n");
}

void SinkSession::end_mail(const SinkFaults& faults, Reaction& reaction) {
  in_data_ = false;
  SunkMail mail = std::exchange(mail_, {});
  std::string answer = "250 2.0.0 taken\r\n";
  if (faults.reject_data != 0)
    answer = std::to_string(faults.reject_data) + " simulated refusal\r\n";
  else
    keep_(std::move(mail));
  if (faults.drop_after_data)
    reaction.close = true;
  else if (faults.slow.count() > 0)
    reaction.delayed_answer = answer;
  else
    reaction.answer += answer;
}

}  // namespace jackfield::simulate
