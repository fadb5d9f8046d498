// HttpSession: writing an answer, from memory or from a file, and becoming a WebSocket instead.
#pragma once

#include "net/http_session_class.hpp"

namespace jackfield::net {

// Up to here a body is copied behind its head: one buffer, one write.
constexpr std::size_t copied_body = 16 * 1024;

template <class Stream>
void HttpSession<Stream>::answer(HttpResponse response) {
  if (closed_) return;
  asio::dispatch(executor_,
                 [self = self(), response = std::move(response)]() mutable { self->on_answer(std::move(response)); });
}

template <class Stream>
void HttpSession<Stream>::on_answer(HttpResponse response) {
  if (phase_ != Phase::handler) return;
  if (response.status == 0) return close();
  response_ = std::move(response);
  const bool last = ended_ && buffer_.size() == 0;
  write_response(parser_->keep_alive() && !last && !core_->stopping.load(std::memory_order_relaxed));
}

template <class Stream>
void HttpSession<Stream>::refuse(int status, std::string_view detail) {
  response_ = problem(status, detail);
  if (status == 503) response_.headers.emplace_back("Retry-After", "1");
  head_only_ = false;
  write_response(false);
}

template <class Stream>
void HttpSession<Stream>::write_response(bool keep) {
  phase_ = Phase::writing;
  keep_ = keep;
  file_ = OpenFile();
  if (!response_.file.empty()) {
    file_ = OpenFile(response_.file);
    if (!file_.ok()) response_ = problem(404, "the file is not there");
  }
  const std::uint64_t length = file_.ok() ? file_.size() : response_.body.size();
  out_.clear();
  append_head(out_, response_, {length, keep_, parser_->version == 10});
  if (head_only_ || !has_body(response_.status)) {
    response_.body.clear();
    file_ = OpenFile();
  }
  if (response_.body.size() <= copied_body) {
    out_ += response_.body;
    response_.body.clear();
  }
  set_deadline(core_->limits.write_timeout);
  const std::array<asio::const_buffer, 2> buffers{asio::buffer(out_), asio::buffer(response_.body)};
  auto done = [self = self()](error_code failed, std::size_t) { self->on_written(failed); };
  if (response_.body.empty()) {
    asio::async_write(stream_, buffers[0], std::move(done));
  } else {
    asio::async_write(stream_, buffers, std::move(done));
  }
}

template <class Stream>
void HttpSession<Stream>::on_written(error_code failed) {
  if (phase_ != Phase::writing) return;
  if (failed) return close();
  if (file_.ok() && file_.left() > 0) return write_file_chunk();
  response_ = HttpResponse();
  keep_ ? begin_request() : linger();
}

template <class Stream>
void HttpSession<Stream>::write_file_chunk() {
  if (!file_.next(out_, file_chunk)) return close();  // the promised length cannot be kept
  set_deadline(core_->limits.write_timeout);
  asio::async_write(stream_, asio::buffer(out_),
                    [self = self()](error_code failed, std::size_t) { self->on_written(failed); });
}

// -------------------------------------------------------------- an upgrade

template <class Stream>
void HttpSession<Stream>::upgrade(WebSocketHandler handler) {
  if (closed_) return;
  asio::dispatch(executor_,
                 [self = self(), handler = std::move(handler)]() mutable { self->on_upgrade(std::move(handler)); });
}

template <class Stream>
void HttpSession<Stream>::on_upgrade(WebSocketHandler handler) {
  if (phase_ != Phase::handler) return;
  if (!websocket_ || reading_ || buffer_.size() > 0) {
    response_ = problem(426, "a WebSocket upgrade is needed here");
    response_.headers.emplace_back("Upgrade", "websocket");
    return write_response(false);
  }
  start_websocket<Stream>(core_, std::move(stream_), std::move(*upgrade_request_), std::move(handler));
  phase_ = Phase::closed;  // the socket lives on in the WebSocket
  gone_ = closed_ = true;
  core_->remove(this);
}

}  // namespace jackfield::net
