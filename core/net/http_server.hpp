// HTTP/1.1 server (Beast): limits on everything, TLS, WebSocket upgrade. One handler for all requests; routing
// is the caller's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace jackfield::net {

class IoContext;

struct HttpRequest {
  std::string method;  // "GET"
  std::string target;  // as it came
  std::string path;    // before the question mark, not decoded
  std::string query;
  std::string body;
  std::string remote;  // peer's address without the port
  bool tls = false;
  bool websocket = false;                                    // asks for an upgrade
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case

  std::string_view header(std::string_view lower_case_name) const;  // empty: none
};

struct HttpResponse {
  int status = 200;  // 0: the connection is closed without an answer, as simulators of bad peers do
  std::string content_type;
  std::string body;
  std::string file;  // when set, the body is this file's bytes
  std::vector<std::pair<std::string, std::string>> headers;
};

// One WebSocket, server side. Any thread. Frames that wait are bounded: send answers false past the bound and the
// caller comes back at on_drain.
class WebSocket {
 public:
  virtual ~WebSocket() = default;
  virtual bool send(std::shared_ptr<const std::string> text) = 0;
  virtual void close(int code, std::string_view reason) = 0;
};
struct WebSocketHandler {
  std::function<void(std::shared_ptr<WebSocket>)> on_open;
  std::function<void(std::string text)> on_text;
  std::function<void()> on_drain;  // below half of the bound again
  std::function<void()> on_close;  // last, once, if on_open came
};

// A response body that goes on until one side ends it (server-sent events). Any thread. Pieces that wait are bounded:
// send answers false past the bound (or when the client has gone) and the caller comes back at on_drain.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  virtual bool send(std::shared_ptr<const std::string> piece) = 0;
  virtual void close() = 0;  // ends the body, after what waits
};
struct BodyStreamHandler {
  std::function<void(std::shared_ptr<BodyStream>)> on_open;
  std::function<void()> on_drain;  // below half of the bound again
  std::function<void()> on_close;  // last, once, if on_open came
};

// The answer to one request, from any thread, once. Dropped without an answer it sends 500. Must be gone before the
// IoContext is; harmless after the server has stopped.
class Responder {
 public:
  virtual ~Responder() = default;
  virtual void respond(HttpResponse response) = 0;
  virtual void upgrade(WebSocketHandler handler) = 0;
  // Sends that head (its body is not looked at) and then what the stream is given, chunked. The connection ends with it.
  virtual void stream(HttpResponse head, BodyStreamHandler handler) = 0;
  // Has the client gone? For long polls.
  virtual bool gone() const = 0;
};

struct TlsFiles {
  std::string certificate, key;
};

struct HttpServerLimits {
  std::size_t connections = 1024;
  std::size_t header_bytes = 16 * 1024;
  std::size_t body_bytes = 4 * 1024 * 1024;  // unless body_limit says otherwise
  Millis header_timeout{10000};              // from the first byte of a request to the end of its header
  Millis body_timeout{60000};                // the whole body
  Millis idle_timeout{75000};
  Millis write_timeout{30000};
  std::size_t websocket_frames = 1024;  // that wait, each connection; pieces of a streamed body as well
};

struct HttpServerStats {
  std::uint64_t connections = 0, accepted = 0, refused = 0, requests = 0, timeouts = 0;
};

class HttpServer {
 public:
  using Handler = std::function<void(HttpRequest, std::shared_ptr<Responder>)>;  // on an io thread; must not block
  // The most body bytes for this method and path, asked when the header is there; 0: none allowed.
  using BodyLimit = std::function<std::size_t(std::string_view method, std::string_view path)>;

  HttpServer(IoContext& io, HttpServerLimits limits, Handler handler, BodyLimit body_limit = {});
  ~HttpServer();  // stop()

  // Listens on "127.0.0.1:8080" (port 0: a free one); the address it got. The Error says which address and why.
  Result<std::string> listen(const std::string& address, const TlsFiles* tls = nullptr);
  // [any thread] The listeners with TLS take the certificate from those files; who is connected is not cut off. After
  // an Error all is as it was. True: it is another certificate. Blocks for the reading.
  Result<bool> renew_certificate(const TlsFiles& tls);
  void stop_accepting();
  // Closes all. When it returns no handler runs nor will (unless called on an io thread, or when none runs). Safe
  // twice.
  void stop();
  HttpServerStats stats() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Helpers that every HTTP handler needs.
std::string percent_decode(std::string_view text, bool plus_is_space = false);
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);

}  // namespace jackfield::net
