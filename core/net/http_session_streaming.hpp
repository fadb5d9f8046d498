// HttpSession: a body that is written while it is made.
#pragma once

#include "net/http_session_class.hpp"

namespace jackfield::net {

template <class Stream>
void HttpSession<Stream>::stream(HttpResponse head, BodyStreamHandler handler) {
  if (closed_) return;
  asio::dispatch(executor_, [self = self(), head = std::move(head), handler = std::move(handler)]() mutable {
    self->on_stream(std::move(head), std::move(handler));
  });
}

template <class Stream>
void HttpSession<Stream>::on_stream(HttpResponse head, BodyStreamHandler handler) {
  if (phase_ != Phase::handler) return;
  if (head_only_ || ended_ || core_->stopping) {
    response_ = std::move(head);
    response_.body.clear();
    return write_response(false);
  }
  phase_ = Phase::streaming;
  const bool http10 = parser_->version == 10;
  pieces_ = std::make_shared<BodyPieces>(core_->limits.websocket_frames, !http10, [weak = this->weak_from_this()] {
    const auto self = std::static_pointer_cast<HttpSession>(weak.lock());
    if (self) asio::dispatch(self->executor_, [self] { self->write_pieces(); });
  });
  stream_handler_ = std::move(handler);
  out_.clear();
  append_head(out_, head, {.length = 0, .keep_alive = false, .http10 = http10, .stream = true});
  set_deadline(core_->limits.write_timeout);
  asio::async_write(stream_, asio::buffer(out_),
                    [self = self()](error_code failed, std::size_t) { self->on_pieces_written(failed, false); });
  if (!reading_) buffer_.clear();
  read();  // shows when the client goes
  guarded([this] {
    if (stream_handler_.on_open) stream_handler_.on_open(pieces_);
  });
}

template <class Stream>
void HttpSession<Stream>::write_pieces() {
  if (phase_ != Phase::streaming) return;
  out_.clear();
  const auto taken = pieces_->take(out_, file_chunk);
  if (taken.drained) {
    guarded([this] {
      if (stream_handler_.on_drain) stream_handler_.on_drain();
    });
  }
  if (out_.empty()) {
    no_deadline();
    if (!taken.ended) return shed_buffers();
    end_stream();
    return linger();  // to an HTTP/1.0 client the end is the connection's
  }
  set_deadline(core_->limits.write_timeout);
  asio::async_write(stream_, asio::buffer(out_), [self = self(), ended = taken.ended](error_code failed, std::size_t) {
    self->on_pieces_written(failed, ended);
  });
}

template <class Stream>
void HttpSession<Stream>::on_pieces_written(error_code failed, bool ended) {
  if (phase_ != Phase::streaming) return;
  if (failed) return close();
  if (!ended) return write_pieces();
  end_stream();
  linger();
}

// The stream is over, for whatever reason: its user is told, once.
template <class Stream>
void HttpSession<Stream>::end_stream() {
  const auto pieces = std::exchange(pieces_, nullptr);
  if (!pieces) return;
  pieces->abandon();
  const BodyStreamHandler handler = std::exchange(stream_handler_, {});
  guarded([&handler] {
    if (handler.on_close) handler.on_close();
  });
}

template <class Stream>
template <class Call>
void HttpSession<Stream>::guarded(Call call) {
  try {
    call();
  } catch (const std::exception& broken) {
    log::error("net", std::string("an HTTP handler threw: ") + broken.what());
  }
}

}  // namespace jackfield::net
