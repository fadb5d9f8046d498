// The pieces of one streamed body that wait to be written: what a BodyStream is between its users and its session.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "net/http_server.hpp"

namespace jackfield::net {

class BodyPieces final : public BodyStream {
 public:
  // wake: there is something to write, or the end; called on any thread, at most once until taken() has found nothing.
  BodyPieces(std::size_t most, bool chunked, std::function<void()> wake)
      : most_(most), chunked_(chunked), wake_(std::move(wake)) {}

  bool send(std::shared_ptr<const std::string> piece) override;
  void close() override;

  // --- the session's, one thread at a time
  struct Taken {
    bool ended = false;    // nothing comes after this
    bool drained = false;  // somebody was refused and may come again
  };
  // Appends what waits to `out`, ready for the wire, up to about that many bytes. Nothing appended and not ended: the
  // next wake says when to ask again.
  Taken take(std::string& out, std::size_t most_bytes);
  void abandon();  // the client has gone: refuses from now on, frees what waits

 private:
  void append(std::string& out, const std::string& piece) const;
  void wake_unless_busy(std::unique_lock<std::mutex>& lock);

  const std::size_t most_;
  const bool chunked_;
  std::mutex mutex_;  // over what follows
  std::function<void()> wake_;
  std::deque<std::shared_ptr<const std::string>> waiting_;
  bool busy_ = true;  // the session looks here again by itself: it does once its head is written
  bool full_ = false, closed_ = false, gone_ = false;
};

}  // namespace jackfield::net
