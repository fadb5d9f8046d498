#include "api/sse.hpp"

#include "model/json.hpp"

namespace jackfield::api {
namespace {

using Piece = std::shared_ptr<const std::string>;

// The streamed body, as the hub sees it.
class SseSocket final : public net::WebSocket, public std::enable_shared_from_this<SseSocket> {
 public:
  SseSocket(net::IoContext& io, std::shared_ptr<net::BodyStream> stream, Millis keep_alive)
      : io_(io), stream_(std::move(stream)), keep_alive_(keep_alive) {}

  bool send(Piece frame) override { return stream_->send(std::move(frame)); }
  void close(int, std::string_view) override { stream_->close(); }

  // [one thread at a time] A stream that is full needs no comment.
  void keep_alive() {
    static const Piece comment = std::make_shared<const std::string>(":\n\n");
    timer_ = io_.after(keep_alive_, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self) return;
      self->send(comment);
      self->keep_alive();
    });
  }

 private:
  net::IoContext& io_;
  const std::shared_ptr<net::BodyStream> stream_;
  const Millis keep_alive_;
  net::TimerHandle timer_;
};

}  // namespace

bool wants_event_stream(const net::HttpRequest& request) {
  return request.header("accept").find("text/event-stream") != std::string_view::npos;
}

std::string sse_frame(const Event& event, std::string_view json) {
  std::string out = "id: " + to_cursor(event.cursor);
  out.reserve(out.size() + json.size() + 64);
  out.append("\nevent: ").append(name_of(event.type)).append("\ndata: ").append(json).append("\n\n");
  return out;
}

net::HttpResponse sse_head() {
  net::HttpResponse head;
  head.content_type = "text/event-stream";
  head.headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};  // nginx would hold events back
  return head;
}

std::string sse_preamble(std::int64_t after) {
  return "retry: " + std::to_string(kSseRetry.count()) + "\nid: " + to_cursor(after) + "\n\n";
}

net::BodyStreamHandler sse_body(net::IoContext& io, net::WebSocketHandler follower, std::string preamble,
                                Millis keep_alive) {
  net::BodyStreamHandler handler;
  handler.on_open = [&io, on_open = std::move(follower.on_open), preamble = std::move(preamble),
                     keep_alive](std::shared_ptr<net::BodyStream> stream) {
    stream->send(std::make_shared<const std::string>(preamble));
    const auto socket = std::make_shared<SseSocket>(io, std::move(stream), keep_alive);
    socket->keep_alive();
    on_open(socket);
  };
  handler.on_drain = std::move(follower.on_drain);
  handler.on_close = std::move(follower.on_close);
  return handler;
}

}  // namespace jackfield::api
