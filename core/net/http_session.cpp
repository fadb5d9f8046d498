#include "net/http_session.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <string>

#include "base/log.hpp"
#include "net/beast.hpp"
#include "net/body_pieces.hpp"
#include "net/endpoint.hpp"
#include "net/http_reply.hpp"
#include "net/request_parser.hpp"
#include "net/websocket_session.hpp"

namespace jackfield::net {
namespace {

constexpr std::size_t small_read = 8 * 1024, body_read = 64 * 1024, file_chunk = 128 * 1024;
constexpr std::size_t copied_body = 16 * 1024;  // up to here a body is copied behind its head: one buffer, one write
constexpr Millis lingering_time{2000};          // for the client to read a last answer before the socket goes

// Where a responder leaves its answer. [any thread]
class ReplyTarget {
 public:
  virtual ~ReplyTarget() = default;
  virtual void answer(HttpResponse response) = 0;
  virtual void upgrade(WebSocketHandler handler) = 0;
  virtual void stream(HttpResponse head, BodyStreamHandler handler) = 0;
  virtual bool gone() const = 0;
};

class SessionResponder final : public Responder {
 public:
  explicit SessionResponder(std::shared_ptr<ReplyTarget> target) : target_(std::move(target)) {}
  ~SessionResponder() override {
    if (!used_.exchange(true)) target_->answer(problem(500, "the request was not answered"));
  }
  void respond(HttpResponse response) override {
    if (!used_.exchange(true)) target_->answer(std::move(response));
  }
  void upgrade(WebSocketHandler handler) override {
    if (!used_.exchange(true)) target_->upgrade(std::move(handler));
  }
  void stream(HttpResponse head, BodyStreamHandler handler) override {
    if (!used_.exchange(true)) target_->stream(std::move(head), std::move(handler));
  }
  bool gone() const override { return target_->gone(); }

 private:
  const std::shared_ptr<ReplyTarget> target_;
  std::atomic<bool> used_{false};
};

class OpenFile {
 public:
  OpenFile() = default;
  explicit OpenFile(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    struct stat info {};
    if (fd_ < 0 || ::fstat(fd_, &info) != 0 || !S_ISREG(info.st_mode)) return;
    left_ = size_ = static_cast<std::uint64_t>(info.st_size);
    ok_ = true;
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(OpenFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(ok_, other.ok_);
    std::swap(size_, other.size_);
    std::swap(left_, other.left_);
    return *this;
  }
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  bool ok() const { return ok_; }
  std::uint64_t size() const { return size_; }
  std::uint64_t left() const { return left_; }
  // False: the file is shorter than it was.
  bool next(std::string& chunk) {
    chunk.resize(std::min<std::uint64_t>(left_, file_chunk));
    const auto got = ::read(fd_, chunk.data(), chunk.size());
    if (got <= 0) return false;
    chunk.resize(static_cast<std::size_t>(got));
    left_ -= static_cast<std::uint64_t>(got);
    return true;
  }

 private:
  int fd_ = -1;
  bool ok_ = false;
  std::uint64_t size_ = 0, left_ = 0;
};

// All but answer, upgrade, stream, gone, abort and expire runs on the strand of the stream.
template <class Stream>
class HttpSession final : public Connection, public ReplyTarget {
 public:
  HttpSession(std::shared_ptr<ServerCore> core, Stream stream)
      : core_(std::move(core)), stream_(std::move(stream)), executor_(stream_.get_executor()) {}
  ~HttpSession() override { core_->remove(this); }

  void start(bool refuse);

  void answer(HttpResponse response) override;
  void upgrade(WebSocketHandler handler) override;
  void stream(HttpResponse head, BodyStreamHandler handler) override;
  bool gone() const override { return gone_.load(std::memory_order_relaxed); }
  void abort() override;
  void expire() override;

 private:
  enum class Phase : std::uint8_t { handshake, idle, header, body, handler, writing, streaming, lingering, closed };
  static constexpr bool is_tls = !std::is_same_v<Stream, PlainStream>;

  std::shared_ptr<HttpSession> self() { return std::static_pointer_cast<HttpSession>(shared_from_this()); }
  auto& socket() { return stream_.lowest_layer(); }

  void handshake();
  void begin_request();
  void shed_buffers();
  void read();
  void on_read(error_code failed, std::size_t bytes);
  void parse();
  bool header_too_long(std::size_t consumed);
  bool take_header();
  void send_continue();
  void on_parse_error(error_code failed);
  void hand_over();
  void on_answer(HttpResponse response);
  void on_upgrade(WebSocketHandler handler);
  void on_stream(HttpResponse head, BodyStreamHandler handler);
  void write_pieces();
  void on_pieces_written(error_code failed, bool ended);
  void end_stream();
  template <class Call>
  void guarded(Call call);
  void refuse(int status, std::string_view detail);
  void write_response(bool keep);
  void write(std::size_t from_body);
  void on_written(error_code failed);
  void write_file_chunk();
  void linger();
  void on_overdue();
  void close();

  const std::shared_ptr<ServerCore> core_;
  Stream stream_;
  const StrandExecutor executor_;
  std::string remote_;

  Phase phase_ = Phase::handshake;
  bool reading_ = false, ended_ = false;  // ended_: the peer sends no more
  std::atomic<bool> gone_{false}, closed_{false};
  beast::flat_buffer buffer_;
  std::optional<RequestParser> parser_;
  std::size_t header_seen_ = 0;
  bool head_only_ = false, websocket_ = false;
  std::optional<UpgradeRequest> upgrade_request_;

  HttpResponse response_;
  std::string out_;  // head, and the body when it is small; reused
  OpenFile file_;
  bool keep_ = false;

  std::shared_ptr<BodyPieces> pieces_;  // of a streamed body
  BodyStreamHandler stream_handler_;
};

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

// ----------------------------------------------------------------- reading

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

// --------------------------------------------------------------- answering

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
  if (!file_.next(out_)) return close();  // the promised length cannot be kept
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

// --------------------------------------------------------- a streamed body

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

}  // namespace

void start_http_session(std::shared_ptr<ServerCore> core, Socket socket, asio::ssl::context* tls, bool refuse) {
  if (tls) {
    std::make_shared<HttpSession<TlsStream>>(std::move(core), TlsStream(std::move(socket), *tls))->start(refuse);
  } else {
    std::make_shared<HttpSession<PlainStream>>(std::move(core), std::move(socket))->start(refuse);
  }
}

}  // namespace jackfield::net
