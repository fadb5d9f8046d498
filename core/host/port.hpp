// The seam between host and flow, as values: what a connector says, checked and copied (FlowPort), and what is
// asked of one (Host in host/host.hpp). Nothing here knows whether the connector runs in this process.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace jackfield::host {

enum class Outcome : std::uint8_t { accepted, retry, rejected, unknown, cancelled };
enum class WaitScope : std::uint8_t { message, recipient, channel };
enum class ChannelState : std::uint8_t { starting, ready, degraded, failed };
std::string_view name_of(ChannelState state);

struct SendRequest {
  std::uint64_t token = 0;  // given by the flow, unique while the process lives
  int attempt = 1;
  Millis timeout{30000};
  std::string idempotency_key;
  std::string message;  // JSON, outbound-message
};

struct SendResult {
  std::uint64_t token = 0;
  Outcome outcome = Outcome::unknown;
  bool busy = false;        // outcome retry: the connector took nothing; no try was used up
  std::string error_class;  // "auth", "content", …; empty when accepted
  WaitScope scope = WaitScope::message;
  Millis retry_after{0};
  std::vector<std::string> provider_ids;
  std::string code;
  std::string detail;
};

struct FetchResult {
  std::uint64_t token = 0;
  Outcome outcome = Outcome::retry;  // accepted, retry or rejected
  Millis retry_after{0};
  std::string blob;
  std::string media_type;
  std::string detail;
};

struct Delivery {
  std::string channel;  // that delivers; an event's account may name a sibling
  std::string events;   // JSON text, one or an array
  std::string kv_writes;
  // Once, any thread: ok when durable. Errc::unavailable: nothing of it is.
  std::function<void(Result<void>)> done;
};

// What the host tells the flow. All [any thread], none blocks. Callbacks come on any thread, exactly once.
class FlowPort {
 public:
  virtual ~FlowPort() = default;
  // busy: nothing was taken. invalid: not JSON or over the limit. On an Error, done is not called.
  virtual Result<void> deliver(Delivery delivery) = 0;
  virtual void send_done(const std::string& channel, SendResult result) = 0;  // once per token, host sees to it
  virtual void send_note(const std::string& channel, std::uint64_t token, std::vector<std::string> provider_ids,
                         std::function<void(Result<void>)> done) = 0;
  virtual void kv_get(const std::string& channel, std::string key,
                      std::function<void(Result<std::string>)> done) = 0;  // not_found
  virtual void kv_cas(const std::string& channel, std::string key, std::string expected, std::string value,
                      std::function<void(Result<void>)> done) = 0;  // conflict
  virtual void timer_set(const std::string& channel, std::uint64_t timer, Time at, std::string payload) = 0;
  virtual void timer_cancel(const std::string& channel, std::uint64_t timer) = 0;
  // The connector has dealt with a timer that ConnectorPort::timer brought: what it asked for before is under way.
  virtual void timer_done(const std::string& channel, std::uint64_t timer) = 0;
  virtual void fetch_done(const std::string& channel, FetchResult result) = 0;
  virtual void channel_state(const std::string& channel, ChannelState state, std::string detail) = 0;
  virtual void capacity(const std::string& channel, std::uint32_t open_sends) = 0;
};

// What the flow asks of connectors; the host implements it. All [any thread], none blocks; answers come through
// FlowPort or the callback.
class ConnectorPort {
 public:
  virtual ~ConnectorPort() = default;
  virtual void send(const std::string& channel, SendRequest request) = 0;
  // Answered by FlowPort::timer_done, or never: then it is brought again.
  virtual void timer(const std::string& channel, std::uint64_t timer, std::string payload) = 0;
  virtual void fetch_media(const std::string& channel, std::uint64_t token, std::string part) = 0;
  virtual void replay(const std::string& channel, std::string raw, std::function<void(Result<std::string>)> done) = 0;
  // A small sign to the customer (JSON, jf_signal_handler), best effort. Errc::conflict: the channel has no such sign.
  virtual void signal(const std::string& channel, std::string signal, std::function<void(Result<void>)> done) = 0;
  // What the connector says would become of a message, as JSON. Errc::conflict: it does not say.
  virtual void preview(const std::string& channel, std::string message,
                       std::function<void(Result<std::string>)> done) = 0;
  // The channel of the same plugin that has that account; empty: none.
  virtual std::string sibling(const std::string& channel, const std::string& account) const = 0;
};

// Blobs, as the host needs them; the app gives it the media store. [any thread]
class BlobPort {
 public:
  virtual ~BlobPort() = default;
  virtual Result<std::string> put(std::string_view bytes) = 0;  // SHA-256 hex
  virtual Result<std::string> read(std::string_view id, std::uint64_t offset, std::uint64_t most) = 0;
  virtual Result<std::int64_t> size(std::string_view id) = 0;
  virtual std::string path(std::string_view id) = 0;  // to send it from a file
};

}  // namespace jackfield::host
