#include "net/websocket_session.hpp"

#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <deque>
#include <mutex>

#include "base/log.hpp"

namespace jackfield::net {
namespace {

namespace websocket = beast::websocket;
constexpr std::size_t most_text = 64 * 1024;

// All but send, close, abort and expire runs on the strand of the stream.
template <class Stream>
class WebSocketSession final : public Connection, public WebSocket {
 public:
  WebSocketSession(std::shared_ptr<ServerCore> core, Stream stream, UpgradeRequest request, WebSocketHandler handler)
      : core_(std::move(core)),
        stream_(std::move(stream)),
        executor_(stream_.get_executor()),
        request_(std::move(request)),
        handler_(std::move(handler)) {}
  ~WebSocketSession() override { core_->remove(this); }

  void start();

  bool send(std::shared_ptr<const std::string> text) override;
  void close(int code, std::string_view reason) override;
  void abort() override;
  void expire() override {}  // Beast has timers of its own

 private:
  std::shared_ptr<WebSocketSession> self() { return std::static_pointer_cast<WebSocketSession>(shared_from_this()); }

  void on_accepted(error_code failed);
  void read();
  void on_read(error_code failed);
  void write_next();
  void on_written(error_code failed);
  void say_goodbye();
  void end();
  template <class Call>
  void guarded(Call call);

  const std::shared_ptr<ServerCore> core_;
  websocket::stream<Stream> stream_;
  const StrandExecutor executor_;
  UpgradeRequest request_;
  WebSocketHandler handler_;
  beast::flat_buffer buffer_;
  bool opened_ = false, ended_ = false, saying_goodbye_ = false;

  std::mutex mutex_;                                        // over what follows
  std::deque<std::shared_ptr<const std::string>> waiting_;  // the first one is being written while writing_
  bool writing_ = false, full_ = false, closed_ = false, close_asked_ = false;
  websocket::close_reason close_reason_;
};

template <class Stream>
void WebSocketSession<Stream>::start() {
  core_->add(shared_from_this());
  websocket::stream_base::timeout timeout{};
  timeout.handshake_timeout = core_->limits.header_timeout;
  timeout.idle_timeout = core_->limits.idle_timeout;
  timeout.keep_alive_pings = true;
  stream_.set_option(timeout);
  stream_.read_message_max(most_text);
  stream_.auto_fragment(false);  // a message is one frame, written from where it lies
  stream_.text(true);
  stream_.async_accept(request_, [self = self()](error_code failed) { self->on_accepted(failed); });
}

template <class Stream>
template <class Call>
void WebSocketSession<Stream>::guarded(Call call) {
  try {
    call();
  } catch (const std::exception& broken) {
    log::error("net", std::string("a WebSocket handler threw: ") + broken.what());
  }
}

template <class Stream>
void WebSocketSession<Stream>::on_accepted(error_code failed) {
  if (failed) return end();
  if (ended_) return;
  opened_ = true;
  guarded([this] {
    if (handler_.on_open) handler_.on_open(self());
  });
  read();
}

template <class Stream>
void WebSocketSession<Stream>::read() {
  stream_.async_read(buffer_, [self = self()](error_code failed, std::size_t) { self->on_read(failed); });
}

template <class Stream>
void WebSocketSession<Stream>::on_read(error_code failed) {
  if (failed || ended_) return end();
  if (!stream_.got_text()) {
    close(websocket::close_code::unknown_data, "text only");
  } else {
    const auto bytes = buffer_.data();
    std::string text(static_cast<const char*>(bytes.data()), bytes.size());
    guarded([this, &text] {
      if (handler_.on_text) handler_.on_text(std::move(text));
    });
  }
  buffer_.clear();
  if (!ended_) read();
}

template <class Stream>
bool WebSocketSession<Stream>::send(std::shared_ptr<const std::string> text) {
  {
    std::lock_guard lock(mutex_);
    if (closed_ || close_asked_) return false;
    if (waiting_.size() >= core_->limits.websocket_frames) {
      full_ = true;
      return false;
    }
    waiting_.push_back(std::move(text));
    if (writing_) return true;
    writing_ = true;
  }
  asio::dispatch(executor_, [self = self()] { self->write_next(); });
  return true;
}

template <class Stream>
void WebSocketSession<Stream>::write_next() {
  std::shared_ptr<const std::string> text;
  {
    std::lock_guard lock(mutex_);
    if (ended_) return;
    if (waiting_.empty()) {
      writing_ = false;
    } else {
      text = waiting_.front();
    }
  }
  if (!text) return say_goodbye();
  stream_.async_write(asio::buffer(*text),
                      [self = self(), text](error_code failed, std::size_t) { self->on_written(failed); });
}

template <class Stream>
void WebSocketSession<Stream>::on_written(error_code failed) {
  if (failed) {  // the read ends with it
    error_code ignored;
    if (failed != asio::error::operation_aborted) beast::get_lowest_layer(stream_).close(ignored);
    return;
  }
  bool drained = false;
  {
    std::lock_guard lock(mutex_);
    if (!waiting_.empty()) waiting_.pop_front();
    drained = full_ && waiting_.size() <= core_->limits.websocket_frames / 2;
    if (drained) full_ = false;
  }
  if (drained && !ended_) {
    guarded([this] {
      if (handler_.on_drain) handler_.on_drain();
    });
  }
  write_next();
}

template <class Stream>
void WebSocketSession<Stream>::close(int code, std::string_view reason) {
  {
    std::lock_guard lock(mutex_);
    if (closed_ || close_asked_) return;
    close_asked_ = true;
    close_reason_ = websocket::close_reason(static_cast<websocket::close_code>(code),
                                            std::string(reason.substr(0, 120)));  // a control frame holds 125
  }
  asio::post(executor_, [self = self()] { self->say_goodbye(); });
}

// After what waits has been written.
template <class Stream>
void WebSocketSession<Stream>::say_goodbye() {
  {
    std::lock_guard lock(mutex_);
    if (!close_asked_ || writing_ || ended_ || saying_goodbye_) return;
    saying_goodbye_ = true;
  }
  stream_.async_close(close_reason_, [self = self()](error_code) {});  // the read ends with it
}

template <class Stream>
void WebSocketSession<Stream>::abort() {
  asio::post(executor_, [self = self()] {
    error_code ignored;
    beast::get_lowest_layer(self->stream_).close(ignored);
    self->end();
  });
}

template <class Stream>
void WebSocketSession<Stream>::end() {
  if (ended_) return;
  {
    std::lock_guard lock(mutex_);
    ended_ = closed_ = true;
    waiting_.clear();
  }
  error_code ignored;
  beast::get_lowest_layer(stream_).close(ignored);
  const WebSocketHandler handler = std::move(handler_);  // what it holds may hold this
  handler_ = {};
  guarded([&handler, opened = opened_] {
    if (opened && handler.on_close) handler.on_close();
  });
  core_->remove(this);
}

}  // namespace

template <class Stream>
void start_websocket(std::shared_ptr<ServerCore> core, Stream stream, UpgradeRequest request,
                     WebSocketHandler handler) {
  std::make_shared<WebSocketSession<Stream>>(std::move(core), std::move(stream), std::move(request), std::move(handler))
      ->start();
}

template void start_websocket<PlainStream>(std::shared_ptr<ServerCore>, PlainStream, UpgradeRequest, WebSocketHandler);
template void start_websocket<TlsStream>(std::shared_ptr<ServerCore>, TlsStream, UpgradeRequest, WebSocketHandler);

}  // namespace jackfield::net
