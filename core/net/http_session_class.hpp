// HttpSession as a class. What its functions do is in http_session_reading.hpp, _answering.hpp and _streaming.hpp, its
// beginning and end in http_session.cpp, which alone includes them.
#pragma once

#include <array>
#include <atomic>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "base/log.hpp"
#include "net/beast.hpp"
#include "net/body_pieces.hpp"
#include "net/endpoint.hpp"
#include "net/http_connection.hpp"
#include "net/open_file.hpp"
#include "net/request_parser.hpp"
#include "net/session_responder.hpp"
#include "net/websocket_session.hpp"

namespace jackfield::net {

constexpr std::size_t body_read = 64 * 1024, file_chunk = 128 * 1024;

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

}  // namespace jackfield::net
