// Byte streams over TCP and TLS for connectors (jackfield.stream/1): credit on reads, a bound on writes, STARTTLS.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace jackfield::net {

class IoContext;
class ServerCertificates;

struct StreamEvent {
  enum class Kind : std::uint8_t { listening, accepted, connected, data, writable, tls, closed };
  Kind kind = Kind::data;
  std::uint64_t listener = 0, stream = 0;
  bool orderly = true;  // closed: by us or by the peer's end, without an error
  std::string bytes, text;
};

struct ListenArgs {
  std::string address, certificate, key;
  bool tls = false;
  std::size_t max_connections = 256;
};
struct ConnectArgs {
  std::string host;
  std::uint16_t port = 0;
  bool tls = false, verify = true;
  Millis timeout{30000};
};

// The streams of one owner. Ids are the owner's for listeners and connections, and 2^63 and up for accepted ones.
// Events come on io threads, one at a time per stream, in order, through the callback; the owner puts them on its
// strand.
class StreamSet {
 public:
  virtual ~StreamSet() = default;  // closes all, no event afterwards
  virtual Result<void> listen(std::uint64_t id, ListenArgs args) = 0;
  virtual Result<void> connect(std::uint64_t id, ConnectArgs args) = 0;
  virtual Result<void> read(std::uint64_t id, std::uint64_t credit) = 0;
  virtual Result<void> write(std::uint64_t id, std::string bytes) = 0;  // Errc::busy: nothing taken, writable follows
  virtual Result<void> start_tls(std::uint64_t id, bool verify) = 0;
  virtual Result<void> close(std::uint64_t id) = 0;  // after what was written
};

class Streams {
 public:
  explicit Streams(IoContext& io);
  std::shared_ptr<StreamSet> make_set(std::function<void(StreamEvent)> on_event);
  // [any thread] All listeners read their certificates again; who is connected is not cut off. One that is broken stays
  // as it was, and the log says why. Blocks for the reading.
  void renew_certificates();

 private:
  IoContext& io_;
  const std::shared_ptr<ServerCertificates> certificates_;
};

}  // namespace jackfield::net
