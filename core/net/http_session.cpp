#include "net/http_session.hpp"

#include "net/http_session_answering.hpp"
#include "net/http_session_class.hpp"
#include "net/http_session_reading.hpp"
#include "net/http_session_streaming.hpp"

namespace jackfield::net {
namespace {

constexpr Millis lingering_time{2000};  // for the client to read a last answer before the socket goes

}  // namespace

template <class Stream>
void HttpSession<Stream>::start(bool refuse_it) {
  core_->add(shared_from_this());
  if (core_->stopping) return abort();  // the stop may have looked for connections before this one was there
  error_code failed;
  const auto peer = socket().remote_endpoint(failed);
  if (!failed) remote_ = ip_text(peer.address());
  socket().set_option(Tcp::no_delay(true), failed);
  asio::dispatch(executor_, [self = self(), refuse_it] {
    if constexpr (is_tls) {
      refuse_it ? self->close() : self->handshake();
    } else if (refuse_it) {
      self->parser_.emplace();
      self->refuse(503, "too many connections");
    } else {
      self->begin_request();
    }
  });
}

template <class Stream>
void HttpSession<Stream>::handshake() {
  if constexpr (is_tls) {
    phase_ = Phase::handshake;
    set_deadline(core_->limits.header_timeout);
    stream_.async_handshake(TlsStream::server, [self = self()](error_code failed) {
      if (self->phase_ != Phase::handshake) return;
      failed ? self->close() : self->begin_request();
    });
  }
}

// ------------------------------------------------------------------ ending

// A socket closed with unread bytes would be reset, and the last answer lost on its way: say that we are done, then
// read and forget what still comes, for a short while.
template <class Stream>
void HttpSession<Stream>::linger() {
  phase_ = Phase::lingering;
  set_deadline(lingering_time);
  if constexpr (is_tls) {
    if (!reading_) return stream_.async_shutdown([self = self()](error_code) { self->close(); });
  }
  error_code ignored;
  socket().shutdown(Tcp::socket::shutdown_send, ignored);
  read();
}

template <class Stream>
void HttpSession<Stream>::abort() {
  asio::post(executor_, [self = self()] { self->close(); });
}

template <class Stream>
void HttpSession<Stream>::expire() {
  asio::post(executor_, [self = self()] {
    if (self->phase_ != Phase::closed && self->overdue(Steady::now())) self->on_overdue();
  });
}

template <class Stream>
void HttpSession<Stream>::on_overdue() {
  no_deadline();
  const bool waits_for_client = phase_ == Phase::header || phase_ == Phase::body;
  if (waits_for_client || phase_ == Phase::handshake || phase_ == Phase::writing || phase_ == Phase::streaming)
    ++core_->timeouts;
  waits_for_client ? refuse(408, "the request took too long to come") : close();
}

template <class Stream>
void HttpSession<Stream>::close() {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  gone_ = closed_ = true;
  no_deadline();
  error_code ignored;
  socket().close(ignored);
  end_stream();
  core_->remove(this);
}

void start_http_session(std::shared_ptr<ServerCore> core, Socket socket, asio::ssl::context* tls, bool refuse) {
  if (tls) {
    std::make_shared<HttpSession<TlsStream>>(std::move(core), TlsStream(std::move(socket), *tls))->start(refuse);
  } else {
    std::make_shared<HttpSession<PlainStream>>(std::move(core), std::move(socket))->start(refuse);
  }
}

}  // namespace jackfield::net
