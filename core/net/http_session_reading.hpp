// HttpSession: from the first byte of a request to its handler.
#pragma once

#include "net/http_session_class.hpp"

namespace jackfield::net {

constexpr std::size_t small_read = 8 * 1024;

template <class Stream>
void HttpSession<Stream>::begin_request() {
  parser_.emplace();
  header_seen_ = 0;
  phase_ = Phase::idle;
  set_deadline(core_->limits.idle_timeout);
  if (buffer_.size() > 0) return parse();
  if (ended_) return close();
  shed_buffers();
  read();
}

// An idle connection keeps no large buffer.
template <class Stream>
void HttpSession<Stream>::shed_buffers() {
  if (!reading_ && buffer_.capacity() > body_read) buffer_.shrink_to_fit();
  if (out_.capacity() > body_read) std::string().swap(out_);
}

template <class Stream>
void HttpSession<Stream>::read() {
  if (reading_) return;
  if (ended_) return close();
  reading_ = true;
  const auto space = buffer_.prepare(phase_ == Phase::body ? body_read : small_read);
  stream_.async_read_some(space,
                          [self = self()](error_code failed, std::size_t bytes) { self->on_read(failed, bytes); });
}

template <class Stream>
void HttpSession<Stream>::on_read(error_code failed, std::size_t bytes) {
  reading_ = false;
  if (phase_ == Phase::closed) return;
  buffer_.commit(bytes);
  if (failed) ended_ = true;
  switch (phase_) {
    case Phase::handler:
    case Phase::writing:  // read ahead, to see the client go; what came waits for its turn
      if (failed) gone_ = true;
      return;
    case Phase::streaming:  // nothing more is asked on this connection
    case Phase::lingering: buffer_.clear(); return failed ? close() : read();
    default: return failed ? close() : parse();
  }
}

template <class Stream>
void HttpSession<Stream>::parse() {
  if (phase_ == Phase::idle) {
    phase_ = Phase::header;
    set_deadline(core_->limits.header_timeout);
  }
  while (!parser_->is_done()) {
    if (buffer_.size() == 0) return read();
    beast::error_code failed;
    const bool in_header = phase_ == Phase::header;
    const std::size_t consumed = parser_->put(buffer_.data(), failed);
    buffer_.consume(consumed);
    if (in_header && header_too_long(consumed)) return refuse(431, "the header is too long");
    if (failed == http::error::need_more) {
      if (!in_header && buffer_.size() > core_->limits.header_bytes) return refuse(400, "a chunk's head is too long");
      return read();
    }
    if (failed) return on_parse_error(failed);
    if (in_header && parser_->is_header_done() && !take_header()) return;
  }
  hand_over();
}

template <class Stream>
bool HttpSession<Stream>::header_too_long(std::size_t consumed) {
  header_seen_ += consumed;
  const std::size_t waiting = parser_->is_header_done() ? 0 : buffer_.size();
  return header_seen_ + waiting > core_->limits.header_bytes;
}

// The header is there: shall parsing go on? False: refused, or it goes on later.
template <class Stream>
bool HttpSession<Stream>::take_header() {
  RequestParser& parser = *parser_;
  HttpRequest& request = parser.request;
  const auto no = [this](int status, std::string_view detail) { return refuse(status, detail), false; };
  if (parser.hosts > 1 || (parser.version == 11 && parser.hosts == 0)) return no(400, "one Host field is needed");
  if (parser.transfer_encoding && !parser.chunked()) return no(501, "of transfer encodings only chunked is known");
  if (parser.expect_other) return no(417, "of expectations only 100-continue is known");
  parser.body_limit = core_->body_limit ? core_->body_limit(request.method, request.path) : core_->limits.body_bytes;
  if (parser.content_length().value_or(0) > parser.body_limit) return no(413, "the body is too large");
  if (parser.is_done()) return true;
  phase_ = Phase::body;
  set_deadline(core_->limits.body_timeout);
  if (!parser.expect_continue || parser.version == 10 || buffer_.size() > 0) return true;
  send_continue();
  return false;
}

template <class Stream>
void HttpSession<Stream>::send_continue() {
  static constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
  phase_ = Phase::writing;
  set_deadline(core_->limits.write_timeout);
  asio::async_write(stream_, asio::buffer(text), [self = self()](error_code failed, std::size_t) {
    if (self->phase_ != Phase::writing) return;
    if (failed) return self->close();
    self->phase_ = Phase::body;
    self->set_deadline(self->core_->limits.body_timeout);
    self->parse();
  });
}

template <class Stream>
void HttpSession<Stream>::on_parse_error(error_code failed) {
  if (failed == http::error::body_limit) return refuse(413, "the body is too large");
  if (failed == http::error::header_limit) return refuse(431, "the header is too long");
  refuse(400, "this is no HTTP request: " + failed.message());
}

template <class Stream>
void HttpSession<Stream>::hand_over() {
  phase_ = Phase::handler;
  no_deadline();
  core_->requests.fetch_add(1, std::memory_order_relaxed);
  HttpRequest request = std::move(parser_->request);
  request.remote = remote_;
  request.tls = is_tls;
  head_only_ = request.method == "HEAD";
  websocket_ = request.websocket = parser_->upgrade() && parser_->upgrade_websocket && request.method == "GET";
  if (websocket_) {
    upgrade_request_.emplace(http::verb::get, request.target, parser_->version);
    for (const auto& [name, value] : request.headers) upgrade_request_->insert(name, value);
  }
  try {
    core_->handler(std::move(request), std::make_shared<SessionResponder>(self()));
  } catch (const std::exception& broken) {
    log::error("net", std::string("an HTTP handler threw: ") + broken.what());  // its responder answers 500
  }
  // Reading ahead shows when the client goes. Not before an upgrade: the bytes would be the WebSocket's.
  // With bytes in the buffer it must not be: they would move under the read.
  if (phase_ == Phase::handler && !websocket_ && !ended_ && buffer_.size() == 0) read();
}

}  // namespace jackfield::net
