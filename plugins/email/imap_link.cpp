#include "imap_link.hpp"

#include <utility>

namespace jackfield::email {
namespace {

constexpr std::uint64_t window = 64 * 1024;
constexpr std::uint32_t connect_timeout_ms = 20000;
constexpr std::int64_t patience_ms = 90 * 1000;  // with an answer that is owed
constexpr std::int64_t look_ms = 15 * 1000;

}  // namespace

std::shared_ptr<ImapLink> ImapLink::open(sdk::Host& host, const ImapSettings& settings, const std::string& secret,
                                         std::size_t max_literal, Events events) {
  const ServerAddress& server = settings.server;
  ImapSessionOptions options;
  options.login = {settings.user, secret, settings.oauth.has_value(), server.host, server.port};
  options.tls = settings.tls;
  options.encrypted = server.encrypted;
  options.limits.literal = max_literal;
  const std::uint32_t flags = settings.tls == TlsPolicy::opportunistic ? JF_TLS_INSECURE : 0;
  auto link = std::make_shared<ImapLink>(host, std::move(options), flags, std::move(events));
  sdk::Connect to;
  to.host = server.host;
  to.port = server.port;
  to.tls = server.encrypted ? JF_TLS_NOW | flags : JF_TLS_NONE;
  to.timeout_ms = connect_timeout_ms;
  link->watch_time();
  host.connect(to, link);
  return link;
}

ImapLink::ImapLink(sdk::Host& host, ImapSessionOptions options, std::uint32_t tls_flags, Events events)
    : host_(host),
      events_(std::move(events)),
      session_(std::move(options), {.ready =
                                        [this] {
                                          if (!ended_) events_.ready();
                                        },
                                    .untagged =
                                        [this](ImapResponse& response) {
                                          if (!ended_) events_.untagged(response);
                                        },
                                    .failed = [this](ImapFault fault, const std::string& why) { end(fault, why); }}),
      tls_flags_(tls_flags),
      last_ms_(host.now_ms()) {}

void ImapLink::run(std::string command, ImapSession::Done done) {
  session_.run(std::move(command), std::move(done));
  act();
}

void ImapLink::run_pieces(std::vector<std::string> pieces, ImapSession::Done done) {
  session_.run_pieces(std::move(pieces), std::move(done));
  act();
}

void ImapLink::idle(ImapSession::Done done) {
  session_.idle(std::move(done));
  act();
}

void ImapLink::end_idle() {
  session_.end_idle();
  act();
}

void ImapLink::drop() {
  ended_ = true;
  const auto self = shared_from_this();  // the owner may be letting go of it
  if (session_.is_idle()) session_.end_idle();
  if (!session_.is_busy() || session_.is_idle()) session_.log_out();
  if (const std::string output = session_.take_output(); !output.empty()) write(output);
  close();
}

void ImapLink::on_open(std::string_view) {
  last_ms_ = host_.now_ms();
  read(window);
}

void ImapLink::on_data(std::string_view bytes) {
  last_ms_ = host_.now_ms();
  const auto self = shared_from_this();
  within_ = true;
  session_.receive(bytes);
  within_ = false;
  act();
}

void ImapLink::on_tls(std::string_view) {
  last_ms_ = host_.now_ms();
  session_.tls_started();
  read(window);
  act();
}

void ImapLink::on_close(jf_status, std::string_view why) {
  end(why.starts_with("TLS") ? ImapFault::tls : ImapFault::unavailable,
      why.empty() ? "the connection was closed" : std::string(why));
}

// Sends what is to be said, then does what the session wants.
void ImapLink::act() {
  if (within_ || !is_open()) return;
  if (const std::string output = session_.take_output(); !output.empty()) {
    last_ms_ = host_.now_ms();
    write(output);
  }
  if (session_.wants() == ImapSession::Want::tls) {
    read(0);
    start_tls(tls_flags_);
  }
  if (session_.wants() == ImapSession::Want::close) close();
}

void ImapLink::end(ImapFault fault, const std::string& why) {
  if (std::exchange(ended_, true)) return;
  const auto self = shared_from_this();
  if (is_open() && !within_) close();
  events_.ended(fault, why);
}

// An answer that is owed and does not come: the connection is dead, and nobody told.
void ImapLink::watch_time() {
  host_.after(look_ms, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self || self->ended_) return;
    const bool owed = !self->session_.is_ready() || (self->session_.is_busy() && !self->session_.is_idle());
    if (owed && self->host_.now_ms() - self->last_ms_ > patience_ms)
      return self->end(ImapFault::unavailable, "it does not answer");
    self->watch_time();
  });
}

}  // namespace jackfield::email
