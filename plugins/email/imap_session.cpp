#include "imap_session.hpp"

#include <utility>

#include "charset.hpp"
#include "imap_names.hpp"

namespace jackfield::email {
namespace {

constexpr std::size_t most_capabilities = 200;

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return out;
}

// A refusal that says "later", not "wrong" (RFC 5530).
bool is_for_now(const ImapResponse& answer) {
  return answer.code == "UNAVAILABLE" || answer.code == "INUSE" || answer.code == "LIMIT" ||
         answer.code == "SERVERBUG" || answer.code == "OVERQUOTA";
}

std::string said(const ImapResponse& answer) {
  return clean_line((answer.code.empty() ? "" : "[" + answer.code + "] ") + answer.text, 300);
}

// LOGIN with strings that cannot be quoted as literals.
std::vector<std::string> login_command(const Login& login) {
  std::vector<std::string> pieces{"LOGIN"};
  for (const std::string* text : {&login.user, &login.secret}) {
    pieces.back() += " ";
    if (fits_quoted(*text)) {
      pieces.back() += imap_quoted(*text);
      continue;
    }
    pieces.back() += "{" + std::to_string(text->size()) + "}";
    pieces.push_back(*text);
  }
  return pieces;
}

}  // namespace

ImapSession::ImapSession(ImapSessionOptions options, Handlers handlers)
    : options_(std::move(options)), handlers_(std::move(handlers)), reader_(options_.limits) {}

void ImapSession::receive(std::string_view bytes) {
  if (want_ != Want::bytes) return;  // what comes before the handshake is nobody's
  reader_.receive(bytes);
  while (want_ == Want::bytes) {
    auto response = reader_.next();
    if (!response) break;
    take(*response);
  }
  if (want_ != Want::bytes) reader_.forget();
  if (want_ == Want::bytes && !reader_.problem().empty()) fail(ImapFault::protocol, reader_.problem());
}

void ImapSession::take(ImapResponse& response) {
  if (!greeted_) return greeted(response);
  switch (response.kind) {
    case ImapResponse::Kind::untagged: return take_untagged(response);
    case ImapResponse::Kind::go_ahead: return take_go_ahead();
    case ImapResponse::Kind::tagged: return take_answer(response);
  }
}

void ImapSession::greeted(const ImapResponse& greeting) {
  greeted_ = true;
  preauthenticated_ = greeting.is("PREAUTH");
  if (greeting.kind != ImapResponse::Kind::untagged || (!greeting.ok() && !preauthenticated_))
    return fail(ImapFault::unavailable, "it greets with " + greeting.name + " " + said(greeting));
  ask_capabilities([this] { secure(); });
}

void ImapSession::take_untagged(ImapResponse& response) {
  if (response.is("BYE")) {
    if (!leaving_) fail(ImapFault::unavailable, "it said goodbye: " + said(response));
    return;
  }
  if (response.is("CAPABILITY") || response.code == "CAPABILITY") read_capabilities(response);
  if (ready_ && handlers_.untagged) handlers_.untagged(response);
}

void ImapSession::read_capabilities(const ImapResponse& response) {
  capabilities_.clear();
  const auto add = [this](std::string_view name) {
    if (capabilities_.size() < most_capabilities) capabilities_.insert(upper(name));
  };
  for (const ImapValue& value : response.values)
    if (value.is_text()) add(value.text);
  std::string_view rest = response.argument;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(' '), rest.size());
    if (end > 0) add(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void ImapSession::ask_capabilities(std::function<void()> then) {
  run("CAPABILITY", [this, then = std::move(then)](const ImapResponse& answer) {
    if (!answer.ok()) return fail(ImapFault::unavailable, "it does not tell its capabilities: " + said(answer));
    then();
  });
}

void ImapSession::secure() {
  if (options_.encrypted || options_.tls == TlsPolicy::none) return log_in();
  // Who is let in before TLS cannot have it any more: a way to keep a client in the clear.
  const bool possible = has("STARTTLS") && !preauthenticated_;
  if (!possible && options_.tls == TlsPolicy::required) return fail(ImapFault::tls, "it offers no STARTTLS");
  if (!possible) return log_in();
  run("STARTTLS", [this](const ImapResponse& answer) {
    if (answer.ok())
      want_ = Want::tls;
    else if (options_.tls == TlsPolicy::required)
      fail(ImapFault::tls, "it refuses STARTTLS: " + said(answer));
    else
      log_in();
  });
}

void ImapSession::tls_started() {
  if (want_ != Want::tls) return;
  want_ = Want::bytes;
  options_.encrypted = true;
  capabilities_.clear();
  ask_capabilities([this] { log_in(); });
}

void ImapSession::log_in() {
  if (preauthenticated_ || options_.login.user.empty()) {
    ready_ = true;
    return handlers_.ready();
  }
  const Mechanism mechanism =
      choose_mechanism(options_.login, [this](std::string_view name) { return has("AUTH=" + std::string(name)); });
  const bool by_command = !options_.login.bearer && !has("LOGINDISABLED");
  if (mechanism != Mechanism::none && !(mechanism == Mechanism::login && by_command)) return authenticate(mechanism);
  if (by_command) return log_in_by_command();
  fail(ImapFault::auth, options_.login.bearer ? "it offers neither XOAUTH2 nor OAUTHBEARER" : "it takes no passwords");
}

void ImapSession::authenticate(Mechanism mechanism) {
  Command command;
  command.pieces = {"AUTHENTICATE " + std::string(name_of(mechanism))};
  const bool at_once = has("SASL-IR") && mechanism != Mechanism::login;
  if (at_once) command.pieces.front() += " " + first_response(mechanism, options_.login);
  const int asked_before = at_once || mechanism == Mechanism::login ? 0 : 1;
  command.answers = [this, mechanism, asked_before](int challenge) {
    if (challenge < asked_before) return first_response(mechanism, options_.login);
    return next_response(mechanism, options_.login, challenge - asked_before);
  };
  command.done = [this](const ImapResponse& answer) { login_answered(answer); };
  add(std::move(command));
}

void ImapSession::log_in_by_command() {
  run_pieces(login_command(options_.login), [this](const ImapResponse& answer) { login_answered(answer); });
}

void ImapSession::login_answered(const ImapResponse& answer) {
  if (!answer.ok())
    return fail(is_for_now(answer) ? ImapFault::unavailable : ImapFault::auth, "login refused: " + said(answer));
  if (answer.code == "CAPABILITY") {
    read_capabilities(answer);
    ready_ = true;
    return handlers_.ready();
  }
  ask_capabilities([this] {
    ready_ = true;
    handlers_.ready();
  });
}

void ImapSession::run(std::string command, Done done) {
  std::vector<std::string> pieces;
  pieces.push_back(std::move(command));
  run_pieces(std::move(pieces), std::move(done));
}

void ImapSession::run_pieces(std::vector<std::string> pieces, Done done) {
  Command command;
  command.pieces.assign(std::make_move_iterator(pieces.begin()), std::make_move_iterator(pieces.end()));
  command.done = std::move(done);
  add(std::move(command));
}

void ImapSession::idle(Done done) {
  ending_idle_ = false;
  Command command;
  command.pieces = {"IDLE"};
  command.done = std::move(done);
  command.idle = true;
  add(std::move(command));
}

void ImapSession::end_idle() {
  ending_idle_ = true;
  if (std::exchange(idling_, false)) output_ += "DONE\r\n";
}

void ImapSession::log_out() {
  leaving_ = true;
  run("LOGOUT", [this](const ImapResponse&) { want_ = Want::close; });
}

void ImapSession::add(Command command) {
  commands_.push_back(std::move(command));
  if (commands_.size() == 1) say_next();
}

// Begins the first command.
void ImapSession::say_next() {
  Command& command = commands_.front();
  command.tag = "A" + std::to_string(++last_tag_);
  output_ += command.tag + " " + command.pieces.front() + "\r\n";
  command.pieces.pop_front();
}

void ImapSession::take_go_ahead() {
  if (commands_.empty()) return;
  Command& command = commands_.front();
  if (command.idle) {
    idling_ = true;
    if (ending_idle_) end_idle();
  } else if (!command.pieces.empty()) {
    output_ += command.pieces.front() + "\r\n";
    command.pieces.pop_front();
  } else if (command.answers) {
    output_ += command.answers(command.challenges++) + "\r\n";
  }
}

void ImapSession::take_answer(const ImapResponse& answer) {
  if (commands_.empty() || answer.tag != commands_.front().tag) return;  // of nobody
  Command command = std::move(commands_.front());
  commands_.pop_front();
  if (command.idle) idling_ = false;
  if (!commands_.empty()) say_next();
  if (command.done) command.done(answer);
}

void ImapSession::fail(ImapFault fault, std::string_view why) {
  if (want_ == Want::close) return;
  want_ = Want::close;
  commands_.clear();
  if (handlers_.failed) handlers_.failed(fault, std::string(why));
}

}  // namespace jackfield::email
