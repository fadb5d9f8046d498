// One byte stream over TCP, plain or TLS, of a set.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "net/asio.hpp"
#include "net/lookup.hpp"
#include "net/stream_hub.hpp"

namespace jackfield::net {

class TcpStream final : public StreamEnd, public std::enable_shared_from_this<TcpStream> {
 public:
  TcpStream(std::shared_ptr<StreamHub> hub, std::uint64_t id, Socket socket);

  void start_connecting(ConnectArgs args, Lookups& lookups);  // which live as long as the io context
  // tls: the listener's certificate or null; now: from the first byte on. The slot is let go when the stream ends.
  void start_accepted(std::uint64_t listener, std::shared_ptr<TlsContext> tls, bool now, std::shared_ptr<void> slot);

  Result<void> grant(std::uint64_t credit) override;
  Result<void> write(std::string bytes) override;
  Result<void> start_tls(bool verify) override;
  void close() override;
  void abort() override;

 private:
  enum class Phase : std::uint8_t { opening, open, securing, closing, closed };
  using Tls = asio::ssl::stream<Socket&>;

  void resolve();
  void connect_to(const Lookups::Found& found);
  void connected();
  void announce(StreamEvent::Kind kind);
  void secure();
  void handshake(std::function<void()> done);
  void on_upgraded();
  bool is_upgrading() const;
  void drop_plain_text();

  void pump_reads();
  void on_read(error_code failed, std::size_t bytes);
  void on_data(std::size_t bytes);

  void pump_writes();
  void on_written(error_code failed, std::size_t bytes);
  std::string take_waiting();
  bool nothing_left() const;

  void begin_closing();
  void close_when_drained();
  void linger();
  void arm(Millis wait, std::string reason, bool orderly);
  void disarm();
  void end(bool orderly, std::string why);
  void end_read(error_code failed);

  template <class Call>
  void with_stream(Call call) {
    if (secured_) {
      call(*tls_);
    } else {
      call(socket_);
    }
  }

  const std::shared_ptr<StreamHub> hub_;
  const std::uint64_t id_;
  // On the strand from here on:
  Socket socket_;
  Lookups* lookups_ = nullptr;
  Timer timer_;
  std::optional<Tls> tls_;
  std::shared_ptr<TlsContext> context_;
  std::shared_ptr<void> slot_;
  ConnectArgs target_;
  std::string peer_;
  std::uint64_t listener_ = 0;
  bool server_ = false, verify_ = true, announced_ = false;  // announced_: the owner knows of it
  Phase phase_ = Phase::opening;
  bool handshaking_ = false, secured_ = false, reading_ = false, in_flight_ = false, peer_ended_ = false;
  bool lingering_ = false;
  std::uint64_t credit_ = 0, timer_round_ = 0;
  std::string writing_;
  std::string early_;         // read while plain text was over and TLS had not begun
  std::string client_hello_;  // of a peer that was faster than the owner's start_tls
  std::array<char, 16 * 1024> input_;

  mutable std::mutex mutex_;  // over what follows
  std::string waiting_;
  std::size_t pending_ = 0;         // waiting_ and writing_
  std::size_t plain_boundary_ = 0;  // so much of waiting_ goes before TLS starts
  bool full_ = false, closing_ = false, tls_asked_ = false;
};

}  // namespace jackfield::net
