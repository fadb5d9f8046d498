// SPDX-License-Identifier: Apache-2.0
//
// stream.hpp: a byte stream that the host runs (extension jackfield.stream/1), as a class to derive a session from.
#ifndef JACKFIELD_STREAM_HPP
#define JACKFIELD_STREAM_HPP

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "jackfield/extensions.h"
#include "jackfield/values.hpp"

namespace jackfield::sdk {

class Host;

// One connection, accepted or connected. All of it [strand]. The host object keeps it alive until on_close has
// returned; a callback that outlives it (a delivery, a timer) should hold a weak_ptr. An exception out of an on_*
// function is logged and closes the stream.
class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  // Keeps that many bytes of credit open: what on_data has seen is granted again. 0 stops granting; what was granted
  // before may still come. Nothing is read before the first call.
  void read(std::uint64_t window);

  // Takes the bytes, keeping those for which the host has no room; on_writable follows when such a backlog has gone.
  // Ignored once close was called or the peer has gone.
  void write(std::string_view bytes);

  // Bytes that wait for room: who produces much should pause while this is large.
  std::size_t backlog() const noexcept { return backlog_.size(); }

  // TLS from here on (flags: 0 or JF_TLS_INSECURE), after what was written before. on_tls follows; write nothing until
  // then.
  void start_tls(std::uint32_t flags = 0);

  // Closes after what was written before; on_close follows.
  void close();

  bool is_open() const noexcept { return host_ != nullptr && !closing_; }
  std::uint64_t id() const noexcept { return id_; }

 protected:
  virtual void on_open(std::string_view /*peer*/) {}
  virtual void on_data(std::string_view bytes) = 0;
  virtual void on_writable() {}
  virtual void on_tls(std::string_view /*version*/) {}
  // The last call. OK: an orderly end of the peer or of ours.
  virtual void on_close(jf_status /*status*/, std::string_view /*why*/) {}

 private:
  friend class Host;
  static constexpr std::size_t kPiece = 1u << 18;  // of a long write: the host takes a piece or nothing of it
  bool flush();
  void finish_writing();
  void consumed(std::uint64_t bytes);

  Host* host_ = nullptr;
  std::uint64_t id_ = 0;
  std::uint64_t window_ = 0;
  std::uint64_t credit_ = 0;  // granted and not used
  std::string backlog_;
  std::uint32_t tls_flags_ = 0;
  bool tls_waits_ = false;
  bool closing_ = false;
};

// What Host::connect takes. The views are borrowed until it returns.
struct Connect {
  std::string_view host = {};
  std::uint32_t port = 0;
  std::uint32_t tls = JF_TLS_NONE;  // JF_TLS_NOW, JF_TLS_INSECURE or-ed in
  std::uint32_t timeout_ms = 0;
};

// What Host::listen takes. `accepted` makes the session for a new connection, or null to close it.
struct Listen {
  std::string_view address = {};
  std::uint32_t tls = JF_TLS_NONE;
  std::string_view certificate = {};
  std::string_view key = {};
  std::uint32_t max_connections = 0;
  Function<std::shared_ptr<Stream>(std::string_view peer)> accepted = {};
  Function<void(std::string_view address)> listening = {};
  Function<void(jf_status status, std::string_view why)> closed = {};  // also when it could not start
};

}  // namespace jackfield::sdk
#endif
