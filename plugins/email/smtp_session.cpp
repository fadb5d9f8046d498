#include "smtp_session.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "xtext.hpp"

namespace jackfield::email {
namespace {

constexpr std::size_t budget_step = 64 * 1024;

std::string upper_case(std::string_view text) {
  std::string upper(text);
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return upper;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// "FROM:<a@b> SIZE=3" with prefix "FROM:" gives "<a@b> SIZE=3"; null data when the prefix is not there.
std::string_view after_prefix(std::string_view argument, std::string_view prefix) {
  if (upper_case(argument.substr(0, prefix.size())) != prefix) return {};
  const auto rest = trim(argument.substr(prefix.size()));
  return rest.data() ? rest : std::string_view("");
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string_view line_for(Verdict verdict) {
  switch (verdict) {
    case Verdict::durable: return "250 2.0.0 taken and stored";
    case Verdict::unavailable: return "451 4.3.0 could not be stored, try again later";
    case Verdict::busy: return "452 4.3.1 too much at once, try again later";
    case Verdict::unacceptable: break;
  }
  return "554 5.6.0 this mail cannot be decoded";
}

}  // namespace

SmtpSession::SmtpSession(SessionOptions options) : options_(std::move(options)), tls_(options_.encrypted) {}

SmtpSession::~SmtpSession() { forget_mail(); }

void SmtpSession::greet() {
  greeted_ = true;
  reply("220 " + options_.host_name + (options_.lmtp ? " LMTP" : " ESMTP") + " Jackfield");
  run();
}

void SmtpSession::refuse(std::string_view reason) {
  reply(reason);
  want_ = Want::close;
}

void SmtpSession::receive(std::string_view bytes) {
  if (want_ == Want::close || want_ == Want::tls) return;  // what comes before the handshake is nobody's
  if (state_ == State::data && want_ == Want::bytes && input_.empty()) {
    bytes.remove_prefix(take_data(bytes));  // the long part of a mail goes straight to its buffer
    if (bytes.empty()) return;
  }
  input_.append(bytes);
  run();
}

void SmtpSession::tls_started() {
  if (want_ != Want::tls) return;
  tls_ = true;
  hello_said_ = esmtp_ = false;
  input_.clear();
  forget_mail();
  want_ = Want::bytes;
}

void SmtpSession::answer(Verdict verdict) {
  if (want_ != Want::verdict) return;
  reply_per_recipient(line_for(verdict));
  forget_mail();
  want_ = Want::bytes;
  run();
}

void SmtpSession::shut_down(std::string_view reason) {
  if (want_ == Want::close) return;
  reply("421 4.4.2 " + std::string(reason));
  forget_mail();
  want_ = Want::close;
}

ReceivedMail SmtpSession::take_mail() { return std::exchange(mail_, {}); }

std::string SmtpSession::take_output() { return std::exchange(output_, {}); }

// Works through the input until it is used up or somebody else has to act.
void SmtpSession::run() {
  std::size_t used = 0;
  while (greeted_ && want_ == Want::bytes && used < input_.size()) {
    if (state_ == State::data) {
      used += take_data(std::string_view(input_).substr(used));
      continue;
    }
    if (!run_line(used)) break;
  }
  if (want_ == Want::tls || want_ == Want::close)
    input_.clear();
  else
    input_.erase(0, used);
}

// The command line at used; false when there is no whole one yet.
bool SmtpSession::run_line(std::size_t& used) {
  const auto end = input_.find('\n', used);
  if (end == std::string::npos) {
    if (input_.size() - used <= options_.max_line) return false;
    used = input_.size();
    skipping_line_ = true;
    return false;
  }
  const std::string line = input_.substr(used, end - used);
  used = end + 1;
  if (std::exchange(skipping_line_, false) || line.size() > options_.max_line)
    bad("500 5.5.2 line too long");
  else if (line.empty() || line.back() != '\r')
    bad("500 5.5.2 bare LF: a line ends in CRLF");
  else if (line.find('\r') + 1 != line.size() || line.find('\0') != std::string::npos)
    bad("500 5.5.2 control characters in a command");
  else
    command(std::string_view(line).substr(0, line.size() - 1));
  return true;
}

void SmtpSession::command(std::string_view line) {
  const auto space = line.find(' ');
  const std::string verb = upper_case(line.substr(0, space));
  const std::string_view argument = space == std::string_view::npos ? std::string_view("") : trim(line.substr(space));
  if (verb == "EHLO" || verb == "HELO" || verb == "LHLO") return hello(verb, argument);
  if (verb == "QUIT") {
    reply("221 2.0.0 bye");
    want_ = Want::close;
    return;
  }
  if (verb == "NOOP") return reply("250 2.0.0 ok");
  if (verb == "RSET") {
    forget_mail();
    return reply("250 2.0.0 ok");
  }
  if (verb == "VRFY") return reply("252 2.5.0 send it and see");
  if (verb == "HELP") return reply("214 2.0.0 see RFC 5321");
  if (verb == "STARTTLS") return start_tls(argument);
  if (verb == "MAIL") return mail_from(argument);
  if (verb == "RCPT") return rcpt_to(argument);
  if (verb == "DATA") return argument.empty() ? start_data() : bad("501 5.5.4 DATA takes no argument");
  if (verb == "AUTH" || verb == "BDAT" || verb == "EXPN" || verb == "ETRN" || verb == "TURN")
    return bad("502 5.5.1 not offered here");
  bad("500 5.5.2 unknown command");
}

void SmtpSession::hello(std::string_view verb, std::string_view argument) {
  if (options_.lmtp != (verb == "LHLO"))
    return bad(options_.lmtp ? "500 5.5.1 this is LMTP, say LHLO" : "500 5.5.1 this is SMTP, say EHLO");
  if (argument.empty()) return bad("501 5.5.4 say who you are");
  forget_mail();
  hello_said_ = true;
  esmtp_ = verb != "HELO";
  if (!esmtp_) return reply("250 " + options_.host_name);
  reply("250-" + options_.host_name);
  reply("250-PIPELINING");
  reply("250-SIZE " + std::to_string(options_.max_size));
  if (options_.offer_tls && !tls_) reply("250-STARTTLS");
  reply("250-8BITMIME");
  reply("250-SMTPUTF8");
  reply("250 ENHANCEDSTATUSCODES");
}

void SmtpSession::start_tls(std::string_view argument) {
  if (!options_.offer_tls) return bad("502 5.5.1 not offered here");
  if (tls_) return bad("503 5.5.1 TLS is on already");
  if (!argument.empty()) return bad("501 5.5.4 STARTTLS takes no argument");
  reply("220 2.0.0 go ahead");
  want_ = Want::tls;
}

void SmtpSession::mail_from(std::string_view argument) {
  if (!hello_said_) return bad(options_.lmtp ? "503 5.5.1 say LHLO first" : "503 5.5.1 say EHLO first");
  if (options_.require_tls && !tls_) return bad("530 5.7.0 say STARTTLS first");
  if (in_transaction_) return bad("503 5.5.1 a mail is under way, say RSET");
  const auto text = after_prefix(argument, "FROM:");
  auto path = text.data() ? parse_path(text) : std::nullopt;
  if (!path) return bad("501 5.5.4 say MAIL FROM:<address>");
  utf8_ = false;
  mail_ = {};
  if (!mail_parameters(path->rest)) return;
  if (!utf8_ && !is_ascii(path->address)) return bad("553 5.6.7 say SMTPUTF8 for that address");
  if (!path->address.empty() && path->address.find('@') == std::string::npos)
    return bad("553 5.1.7 that is no address");
  mail_.envelope.from = std::move(path->address);
  in_transaction_ = true;
  reply("250 2.1.0 ok");
}

// Replies itself when it answers false.
bool SmtpSession::mail_parameters(std::string_view parameters) {
  for (parameters = trim(parameters); !parameters.empty(); parameters = trim(parameters)) {
    const std::string_view said = parameters.substr(0, parameters.find(' '));
    const std::string word = upper_case(said);
    parameters.remove_prefix(word.size());
    if (word.starts_with("ENVID="))
      mail_.envelope.id = from_xtext(said.substr(6));
    else if (word == "SMTPUTF8")
      utf8_ = true;
    else if (word.starts_with("SIZE=")) {
      std::uint64_t size = 0;
      const auto [end, error] = std::from_chars(word.data() + 5, word.data() + word.size(), size);
      if (error != std::errc() || end != word.data() + word.size()) return bad("501 5.5.4 SIZE takes a number"), false;
      if (size > options_.max_size)
        return reply("552 5.3.4 too big, the limit is " + std::to_string(options_.max_size)), false;
      if (options_.budget && size > options_.budget->free()) return reply(line_for(Verdict::busy)), false;
    } else if (word != "BODY=7BIT" && word != "BODY=8BITMIME" && word != "RET=HDRS" && word != "RET=FULL") {
      return bad("555 5.5.4 unknown parameter"), false;
    }
  }
  return true;
}

void SmtpSession::rcpt_to(std::string_view argument) {
  if (!in_transaction_) return bad("503 5.5.1 say MAIL first");
  const auto text = after_prefix(argument, "TO:");
  auto path = text.data() ? parse_path(text) : std::nullopt;
  if (!path || path->address.empty()) return bad("501 5.5.4 say RCPT TO:<address>");
  std::string original;
  if (!recipient_parameters(path->rest, original)) return bad("555 5.5.4 unknown parameter");
  if (recipients_ >= options_.max_recipients) return reply("452 4.5.3 too many recipients");
  if (!options_.takes_recipient || !options_.takes_recipient(path->address)) {
    // A relay hands over what others sent; only a client that guesses names is to be thrown out.
    return options_.lmtp ? reply("550 5.1.1 no such mailbox here") : bad("550 5.1.1 no such mailbox here");
  }
  mail_.envelope.to.push_back(std::move(path->address));
  if (!original.empty()) mail_.envelope.original_to.push_back(std::move(original));
  ++recipients_;
  reply("250 2.1.5 ok");
}

// NOTIFY is a wish to whoever may send reports; we send none, do not offer DSN, and take it from those who say it all
// the same.
bool SmtpSession::recipient_parameters(std::string_view parameters, std::string& original) {
  for (parameters = trim(parameters); !parameters.empty(); parameters = trim(parameters)) {
    const std::string_view said = parameters.substr(0, parameters.find(' '));
    parameters.remove_prefix(said.size());
    const std::string word = upper_case(said);
    if (word.starts_with("ORCPT=") && word.find(';') != std::string::npos)
      original = from_xtext(said.substr(said.find(';') + 1));
    else if (!word.starts_with("NOTIFY="))
      return false;
  }
  return true;
}

void SmtpSession::start_data() {
  if (!in_transaction_) return bad("503 5.5.1 say MAIL first");
  if (recipients_ == 0) return bad("554 5.5.1 no valid recipients");
  if (options_.budget && options_.budget->free() < budget_step) return reply(line_for(Verdict::busy));
  reply("354 go ahead, end with CRLF.CRLF");
  state_ = State::data;
  dot_ = Dot::line_start;
  spoilt_ = Spoilt::no;
  last_was_cr_ = false;
}

// Takes bytes of the mail, up to its end at most; how many. Only CRLF.CRLF ends it, and only a dot after CRLF is
// stuffing: a server that sees ends where its client saw none lets a second mail be smuggled in.
std::size_t SmtpSession::take_data(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (dot_ == Dot::text) {
      const auto end = std::min(bytes.find('\n', at), bytes.size() - 1) + 1;
      take_text(bytes.substr(at, end - at));
      at = end;
      continue;
    }
    const char c = bytes[at];
    if (dot_ == Dot::line_start && c == '.')
      dot_ = Dot::dot, ++at;
    else if (dot_ == Dot::dot && c == '\r')
      dot_ = Dot::dot_cr, ++at;
    else if (dot_ == Dot::dot_cr && c == '\n')
      return end_data(), at + 1;
    else {
      const bool cr_held = dot_ == Dot::dot_cr;
      dot_ = Dot::text;
      if (cr_held) take_text("\r");
    }
  }
  return at;
}

// Text within one line, its line end included when it is the last.
void SmtpSession::take_text(std::string_view text) {
  if (text.empty()) return;
  if (text.back() == '\n') {
    const bool crlf = text.size() > 1 ? text[text.size() - 2] == '\r' : last_was_cr_;
    if (crlf)
      dot_ = Dot::line_start;
    else
      spoilt_ = Spoilt::bare_lf;
  }
  last_was_cr_ = text.back() == '\r';
  if (spoilt_ == Spoilt::no && mail_.bytes.size() + text.size() > options_.max_size) spoilt_ = Spoilt::too_big;
  if (spoilt_ == Spoilt::no && options_.budget && mail_.bytes.size() + text.size() > reserved_) {
    const std::size_t step = std::max(budget_step, text.size());
    if (options_.budget->take(step))
      reserved_ += step;
    else
      spoilt_ = Spoilt::no_room;
  }
  if (spoilt_ == Spoilt::no)
    mail_.bytes.append(text);
  else
    mail_.bytes = std::string();
}

void SmtpSession::end_data() {
  state_ = State::commands;
  if (spoilt_ == Spoilt::no) {
    want_ = Want::verdict;
    bad_commands_ = 0;
    return;
  }
  if (spoilt_ == Spoilt::too_big)
    reply_per_recipient("552 5.3.4 too big, the limit is " + std::to_string(options_.max_size));
  if (spoilt_ == Spoilt::bare_lf) reply_per_recipient("550 5.6.11 bare LF: a line ends in CRLF");
  if (spoilt_ == Spoilt::no_room) reply_per_recipient(line_for(Verdict::busy));
  forget_mail();
}

void SmtpSession::forget_mail() {
  mail_ = {};
  recipients_ = 0;
  state_ = State::commands;
  in_transaction_ = utf8_ = false;
  if (options_.budget) options_.budget->give_back(std::exchange(reserved_, 0));
}

void SmtpSession::reply(std::string_view line) {
  output_.append(line);
  output_.append("\r\n");
}

void SmtpSession::bad(std::string_view line) {
  reply(line);
  if (++bad_commands_ < options_.max_bad_commands) return;
  reply("421 4.7.0 too many errors");
  want_ = Want::close;
}

void SmtpSession::reply_per_recipient(std::string_view line) {
  const std::size_t times = options_.lmtp ? recipients_ : 1;
  for (std::size_t i = 0; i < times; ++i) reply(line);
}

}  // namespace jackfield::email
