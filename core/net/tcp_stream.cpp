#include "net/tcp_stream.hpp"

#include <sys/socket.h>

#include <algorithm>

#include "net/endpoint.hpp"

namespace jackfield::net {
namespace {

constexpr std::size_t most_pending = 1024 * 1024;
constexpr std::size_t most_early = 64 * 1024;
// A TLS record that carries a handshake begins like this, and no line of a text protocol does.
constexpr std::string_view record_of_handshake("\x16\x03", 2);
constexpr Millis handshake_time{30'000}, closing_time{10'000}, lingering_time{2'000};

bool is_end(const error_code& failed) {
  return failed == asio::error::eof || failed == asio::ssl::error::stream_truncated;
}

}  // namespace

TcpStream::TcpStream(std::shared_ptr<StreamHub> hub, std::uint64_t id, Socket socket)
    : hub_(std::move(hub)),
      id_(id),
      socket_(std::move(socket)),
      timer_(socket_.get_executor()) {}

// ----------------------------------------------------------------- opening

void TcpStream::start_connecting(ConnectArgs args, Lookups& lookups) {
  lookups_ = &lookups;
  target_ = std::move(args);
  verify_ = target_.verify;
  tls_asked_ = target_.tls;
  announced_ = true;
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    if (self->phase_ == Phase::opening) self->resolve();
  });
}

void TcpStream::resolve() {
  arm(target_.timeout, "connecting to " + target_.host + " timed out", false);
  lookups_->find(target_.host, target_.port, socket_.get_executor(),
                 [self = shared_from_this()](Result<Lookups::Found> found) {
                   if (self->phase_ != Phase::opening) return;
                   if (!found) return self->end(false, self->target_.host + ": " + found.error().message);
                   self->connect_to(*found);
                 });
}

void TcpStream::connect_to(const Lookups::Found& found) {
  asio::async_connect(socket_, found, [self = shared_from_this()](error_code failed, const Tcp::endpoint& peer) {
    if (self->phase_ != Phase::opening) return;
    const std::string where = self->target_.host + ":" + std::to_string(self->target_.port);
    if (failed) return self->end(false, where + ": " + reason_of(failed));
    self->peer_ = to_text(peer);
    self->connected();
  });
}

void TcpStream::connected() {
  error_code ignored;
  socket_.set_option(Tcp::no_delay(true), ignored);
  if (!target_.tls) return announce(StreamEvent::Kind::connected);
  handshake([this] { announce(StreamEvent::Kind::connected); });
}

void TcpStream::start_accepted(std::uint64_t listener, std::shared_ptr<TlsContext> tls, bool now,
                               std::shared_ptr<void> slot) {
  listener_ = listener;
  context_ = std::move(tls);
  slot_ = std::move(slot);
  server_ = true;
  tls_asked_ = now;
  asio::post(socket_.get_executor(), [self = shared_from_this(), now] {
    if (self->phase_ != Phase::opening) return;
    error_code failed;
    self->peer_ = to_text(self->socket_.remote_endpoint(failed));
    if (failed) return self->end(false, reason_of(failed));
    self->socket_.set_option(Tcp::no_delay(true), failed);
    if (!now) return self->announce(StreamEvent::Kind::accepted);
    self->arm(handshake_time, "the TLS handshake timed out", false);
    self->handshake([self] { self->announce(StreamEvent::Kind::accepted); });
  });
}

void TcpStream::announce(StreamEvent::Kind kind) {
  disarm();
  phase_ = Phase::open;
  announced_ = true;
  hub_->emit({.kind = kind, .listener = listener_, .stream = id_, .text = peer_});
  pump_writes();
  pump_reads();
}

// --------------------------------------------------------------------- TLS

Result<void> TcpStream::start_tls(bool verify) {
  std::lock_guard lock(mutex_);
  if (closing_) return fail(Errc::conflict, "the stream is closing");
  if (tls_asked_) return fail(Errc::conflict, "TLS was started already");
  if (server_ && !context_) return fail(Errc::conflict, "the listener has no certificate");
  tls_asked_ = true;
  plain_boundary_ = waiting_.size();
  asio::post(socket_.get_executor(), [self = shared_from_this(), verify] {
    if (self->phase_ != Phase::open) return self->end(false, "TLS was started before the stream was open");
    self->verify_ = verify;
    self->phase_ = Phase::securing;
    self->arm(handshake_time, "the TLS handshake timed out", false);
    self->secure();
  });
  return {};
}

bool TcpStream::is_upgrading() const {
  std::lock_guard lock(mutex_);
  return tls_asked_ && !secured_;
}

// Once nothing plain is under way in either direction.
void TcpStream::secure() {
  if (in_flight_ || handshaking_) return;
  {
    std::lock_guard lock(mutex_);
    if (plain_boundary_ > 0)
      return asio::post(socket_.get_executor(), [self = shared_from_this()] { self->pump_writes(); });
  }
  if (reading_) return socket_.cancel();  // its end comes back here
  drop_plain_text();
  handshake([this] { on_upgraded(); });
}

// What somebody put behind the STARTTLS in plain text is thrown away, read or not; a handshake that came early is kept.
// (A client's peer has nothing to say before our own handshake.)
void TcpStream::drop_plain_text() {
  for (ssize_t got = 1; got > 0 && early_.size() < most_early;) {
    got = ::recv(socket_.native_handle(), input_.data(), input_.size(), MSG_DONTWAIT);
    if (got > 0) early_.append(input_.data(), static_cast<std::size_t>(got));
  }
  const auto hello = server_ && client_hello_.empty() ? early_.find(record_of_handshake) : 0;
  if (server_ && hello != std::string::npos) client_hello_.append(early_, hello);
  std::string().swap(early_);
}

void TcpStream::handshake(std::function<void()> done) {
  handshaking_ = true;
  if (!server_) context_ = hub_->client_context();
  tls_.emplace(socket_, *context_);
  auto finished = [self = shared_from_this(), done = std::move(done)](error_code failed, std::size_t = 0) {
    if (self->phase_ == Phase::closed) return;
    if (failed) return self->end(false, "TLS: " + tls_failure(self->tls_->native_handle(), failed));
    {
      std::lock_guard lock(self->mutex_);
      self->secured_ = true;
    }
    done();
  };
  if (server_) return tls_->async_handshake(Tls::server, asio::buffer(client_hello_), std::move(finished));
  expect_peer(tls_->native_handle(), target_.host, verify_);
  tls_->async_handshake(Tls::client, std::move(finished));
}

void TcpStream::on_upgraded() {
  disarm();
  phase_ = Phase::open;
  std::string().swap(client_hello_);
  SSL* ssl = tls_->native_handle();
  hub_->emit({.kind = StreamEvent::Kind::tls,
              .stream = id_,
              .text = std::string(SSL_get_version(ssl)) + " " + SSL_get_cipher_name(ssl)});
  pump_writes();
  pump_reads();
}

// ----------------------------------------------------------------- reading

Result<void> TcpStream::grant(std::uint64_t credit) {
  std::lock_guard lock(mutex_);
  if (closing_) return fail(Errc::conflict, "the stream is closing");
  asio::post(socket_.get_executor(), [self = shared_from_this(), credit] {
    self->credit_ += std::min(credit, ~self->credit_);  // never over the top
    self->pump_reads();
  });
  return {};
}

void TcpStream::pump_reads() {
  if (reading_ || credit_ == 0 || phase_ != Phase::open || !client_hello_.empty() || is_upgrading()) return;
  reading_ = true;
  const auto room = asio::buffer(input_.data(), std::min<std::uint64_t>(credit_, input_.size()));
  with_stream([&](auto& stream) {
    stream.async_read_some(
        room, [self = shared_from_this()](error_code failed, std::size_t bytes) { self->on_read(failed, bytes); });
  });
}

void TcpStream::on_read(error_code failed, std::size_t bytes) {
  reading_ = false;
  if (phase_ == Phase::closed) return;
  if (phase_ == Phase::closing) {
    peer_ended_ = peer_ended_ || (failed && failed != asio::error::operation_aborted);
    return lingering_ ? linger() : close_when_drained();
  }
  if (is_upgrading()) {
    early_.append(input_.data(), bytes);
    if (failed && failed != asio::error::operation_aborted) return end_read(failed);
    if (phase_ == Phase::securing) secure();
    return;
  }
  if (failed) return end_read(failed);
  on_data(bytes);
}

void TcpStream::on_data(std::size_t bytes) {
  const std::string_view seen(input_.data(), bytes);
  if (server_ && context_ && !secured_ && seen.starts_with(record_of_handshake)) {
    client_hello_.append(seen);  // the peer was faster than the owner's start_tls
    return;
  }
  credit_ -= bytes;
  hub_->emit({.kind = StreamEvent::Kind::data, .stream = id_, .bytes = std::string(seen)});
  pump_reads();
}

void TcpStream::end_read(error_code failed) {
  if (!is_end(failed)) return end(false, reason_of(failed));
  peer_ended_ = true;
  begin_closing();
}

// ----------------------------------------------------------------- writing

Result<void> TcpStream::write(std::string bytes) {
  std::lock_guard lock(mutex_);
  if (closing_) return fail(Errc::conflict, "the stream is closing");
  if (bytes.empty()) return {};
  if (pending_ > 0 && pending_ + bytes.size() > most_pending) {
    full_ = true;
    return fail(Errc::busy, "more than 1 MiB waits to be written");
  }
  pending_ += bytes.size();
  const bool first = waiting_.empty();
  waiting_ += bytes;
  if (first) asio::post(socket_.get_executor(), [self = shared_from_this()] { self->pump_writes(); });
  return {};
}

std::string TcpStream::take_waiting() {
  std::lock_guard lock(mutex_);
  if (!tls_asked_ || secured_) return std::exchange(waiting_, {});
  std::string plain = waiting_.substr(0, plain_boundary_);
  waiting_.erase(0, plain_boundary_);
  plain_boundary_ = 0;
  return plain;
}

bool TcpStream::nothing_left() const {
  std::lock_guard lock(mutex_);
  return waiting_.empty();
}

void TcpStream::pump_writes() {
  if (in_flight_ || handshaking_ != secured_ || phase_ == Phase::opening || phase_ == Phase::closed) return;
  writing_ = take_waiting();
  if (writing_.empty()) {
    if (phase_ == Phase::securing) secure();
    if (phase_ == Phase::closing) close_when_drained();
    return;
  }
  in_flight_ = true;
  with_stream([this](auto& stream) {
    asio::async_write(
        stream, asio::buffer(writing_),
        [self = shared_from_this()](error_code failed, std::size_t bytes) { self->on_written(failed, bytes); });
  });
}

void TcpStream::on_written(error_code failed, std::size_t bytes) {
  in_flight_ = false;
  if (phase_ == Phase::closed) return;
  if (failed) return end(false, reason_of(failed));
  bool room_again = false;
  {
    std::lock_guard lock(mutex_);
    pending_ -= bytes;
    room_again = full_ && pending_ <= most_pending / 2;
    if (room_again) full_ = false;
  }
  if (room_again && phase_ != Phase::closing) hub_->emit({.kind = StreamEvent::Kind::writable, .stream = id_});
  pump_writes();
}

// ------------------------------------------------------------------ ending

void TcpStream::close() {
  {
    std::lock_guard lock(mutex_);
    if (closing_) return;
    closing_ = true;
  }
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    if (self->phase_ == Phase::open) return self->begin_closing();
    if (self->phase_ != Phase::closing) self->end(true, {});
  });
}

void TcpStream::begin_closing() {
  phase_ = Phase::closing;
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  arm(closing_time, "closing took too long", false);
  close_when_drained();
}

void TcpStream::close_when_drained() {
  if (in_flight_ || lingering_) return;
  if (!nothing_left()) return pump_writes();
  if (peer_ended_) return end(true, {});
  if (secured_ && reading_) return socket_.cancel();  // its end comes back here
  lingering_ = true;
  arm(lingering_time, {}, true);
  if (secured_) return tls_->async_shutdown([self = shared_from_this()](error_code) { self->end(true, {}); });
  error_code ignored;
  socket_.shutdown(Tcp::socket::shutdown_send, ignored);
  linger();
}

// A socket closed with unread bytes would be reset, and what was written last lost: reads and forgets, for a while.
void TcpStream::linger() {
  if (peer_ended_) return end(true, {});
  if (reading_) return;
  reading_ = true;
  socket_.async_read_some(asio::buffer(input_), [self = shared_from_this()](error_code failed, std::size_t bytes) {
    self->on_read(failed, bytes);
  });
}

void TcpStream::arm(Millis wait, std::string reason, bool orderly) {
  timer_.expires_after(wait);
  timer_.async_wait(
      [weak = weak_from_this(), round = ++timer_round_, reason = std::move(reason), orderly](error_code failed) {
        const auto self = weak.lock();
        if (!failed && self && self->timer_round_ == round) self->end(orderly, reason);
      });
}

void TcpStream::disarm() {
  ++timer_round_;
  timer_.cancel();
}

void TcpStream::abort() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] { self->end(true, {}); });
}

void TcpStream::end(bool orderly, std::string why) {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  disarm();
  error_code ignored;
  socket_.close(ignored);
  slot_.reset();
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  hub_->forget(id_);  // first: once told, the owner may use the id again
  if (announced_) {
    hub_->emit({.kind = StreamEvent::Kind::closed, .stream = id_, .orderly = orderly, .text = std::move(why)});
  }
}

}  // namespace jackfield::net
