// Frames between the host and a connector's process (docs/decisions/0009-isolation.md).
//
// On the wire, little endian: u32 length of all that follows; u16 type; u16 zero; u64 id; u32 length of the head; the
// head, a JSON object of numbers; raw bytes, which the head's list "bytes" cuts into texts. Both sides are of one
// build, but the host takes nothing on trust: every length is bounded, every number checked, and memory grows only with
// bytes that came.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace jackfield::host {

inline constexpr std::size_t kMostFrameBytes = 104u * 1024 * 1024;  // the greatest blob and room for the rest
inline constexpr std::size_t kMostHeadBytes = 64u * 1024;
inline constexpr std::size_t kMostFrameTexts = 8192;

enum class FrameType : std::uint16_t {
  // to the connector's process
  setup = 1,  // first of all
  create,
  start,
  send,
  cancel,
  delivered,
  timer,
  http_answer,
  complete,
  webhook,
  fetch,
  replay,
  stream_event,
  drain,
  stop,
  ping,
  listen_answer,
  written,  // bytes of a stream that have left the host's hands
  signal,   // answered like a replay
  preview,  // the same
  // to the host
  created = 64,
  started,
  sent,
  fetch_taken,
  answered,  // to replay, signal and preview
  stopped,
  pong,
  log,
  deliver,
  webhook_reply,
  send_done,
  send_note,
  fetch_done,
  set_state,
  set_capacity,
  kv_get,
  kv_cas,
  timer_set,
  timer_cancel,
  http,
  metric,
  stream_listen,
  stream_connect,
  stream_read,
  stream_write,
  stream_start_tls,
  stream_close,
  blob_put,
  blob_read,
  contract_break,
  slow_callback,
  timer_done,  // the connector has returned from on_timer
  confined     // what the process could not do against itself; once, at its start
};

struct Frame {
  FrameType type = FrameType::ping;
  std::uint64_t id = 0;
  boost::json::object head;
  std::vector<std::string> texts;
};

// Makes one frame.
class FrameWriter {
 public:
  explicit FrameWriter(FrameType type, std::uint64_t id = 0) : type_(type), id_(id) {}
  FrameWriter& number(std::string_view key, std::uint64_t value);
  FrameWriter& whole(std::string_view key, std::int64_t value);
  FrameWriter& real(std::string_view key, double value);  // as its bits: JSON has no infinity
  FrameWriter& text(std::string_view bytes);
  std::string done() const;

 private:
  FrameType type_;
  std::uint64_t id_;
  std::string head_, lengths_, raw_;
};

// Takes bytes as they come and gives whole frames. After an Error nothing more can be read.
class FrameDecoder {
 public:
  void add(std::string_view bytes);
  // nullopt: a frame is not complete yet.
  Result<std::optional<Frame>> next();

 private:
  std::string buffer_;
  std::size_t begin_ = 0;
};

// Takes a frame apart; what is missing or out of its bounds makes it bad and reads as zero or empty.
class FrameReader {
 public:
  explicit FrameReader(Frame& frame) : frame_(frame) {}
  std::uint64_t number(std::string_view key, std::uint64_t most = UINT64_MAX);
  std::int64_t whole(std::string_view key);
  double real(std::string_view key);
  bool flag(std::string_view key) { return number(key, 1) != 0; }
  std::string text();               // the next one
  std::vector<std::string> rest();  // all that are left
  bool good() const { return good_ && at_ == frame_.texts.size(); }

 private:
  Frame& frame_;
  std::size_t at_ = 0;
  bool good_ = true;
};

}  // namespace jackfield::host
