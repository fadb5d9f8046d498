// The seam between the host and ONE connector instance, by values only. The host drives a Link; what the connector says
// comes back through its HostSide. A connector in this process is one Link (in_process_link.cpp), one in a child
// process another; the rest of host/ cannot tell them apart and never sees jackfield.h.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "host/host.hpp"
#include "host/port.hpp"
#include "net/streams.hpp"

namespace jackfield::host {

// What calls across the seam answer: the numbers of jf_status.
enum class Status : std::int32_t {
  ok,
  busy,
  invalid,
  config,
  not_found,
  unsupported,
  state,
  timeout,
  denied,
  internal,
  conflict
};
Status status_of(const Error& error);
std::string_view name_of(Status status);
template <class T>
Status status_of(const Result<T>& result) {
  return result ? Status::ok : status_of(result.error());
}

// Ids from here on are the host's: webhook requests, accepted streams.
inline constexpr std::uint64_t kHostIds = std::uint64_t{1} << 63;

using Headers = std::vector<std::pair<std::string, std::string>>;

struct CreateArgs {
  std::string channel;
  std::string settings;  // JSON object, defaults filled in, secrets left out
};

struct ConnectorDelivery {
  std::uint64_t delivery = 0;  // 0: no answer wanted
  std::uint64_t webhook = 0;   // 0: came with none
  std::string events, kv_writes;
};

struct HttpOrder {
  std::string method, url, body;
  Headers headers;
  Millis timeout{0};            // 0: the default
  std::uint64_t max_bytes = 0;  // 0: the default
  bool to_blob = false, untrusted = false, follow = false;
  std::string body_blob, form;
};

enum class HttpProgress : std::uint32_t { not_sent, maybe, answered };
struct HttpOutcome {
  HttpProgress progress = HttpProgress::not_sent;
  int http_status = 0;
  Status status = Status::ok;
  Headers headers;
  std::string body, blob, error;
};

enum class LogLevel : std::uint32_t { debug, info, warn, error };

// How a connector took a send: unclear when the call broke off and may have sent.
enum class Taken : std::uint8_t { taken, busy, refused, unclear };

// What a connector may ask of the host. [any thread]; nothing here calls back into the Link before it returns, and
// nothing blocks but blob_put.
class HostSide {
 public:
  virtual ~HostSide() = default;

  virtual void log(LogLevel level, std::string_view line) = 0;
  virtual std::int64_t now_ms() = 0;
  virtual void random(std::uint8_t* out, std::size_t len) = 0;
  virtual Status deliver(ConnectorDelivery delivery) = 0;
  virtual Status webhook_reply(std::uint64_t request, WebhookReply reply) = 0;
  virtual Status send_done(SendResult result) = 0;
  virtual Status send_note(std::uint64_t op, std::uint64_t token, std::vector<std::string> provider_ids) = 0;
  virtual Status fetch_done(FetchResult result) = 0;
  virtual void set_state(ChannelState state, std::string detail) = 0;
  virtual void set_capacity(std::uint32_t open_sends) = 0;
  virtual const std::vector<std::string>* secret(std::string_view pointer) = 0;  // the host's, constant; null: not set
  virtual Status kv_get(std::uint64_t op, std::string key) = 0;
  virtual Status kv_cas(std::uint64_t op, std::string key, std::string expected, std::string value) = 0;
  virtual Status timer_set(std::uint64_t timer, std::int64_t at_ms, bool durable, std::string payload) = 0;
  virtual Status timer_cancel(std::uint64_t timer) = 0;
  virtual Status http(std::uint64_t op, HttpOrder order) = 0;
  virtual void metric(bool gauge, std::string_view name, double value) = 0;

  virtual Status stream_listen(std::uint64_t listener, net::ListenArgs args) = 0;
  virtual Status stream_connect(std::uint64_t stream, net::ConnectArgs args) = 0;
  virtual Status stream_read(std::uint64_t stream, std::uint64_t credit) = 0;
  virtual Status stream_write(std::uint64_t stream, std::string bytes) = 0;
  virtual Status stream_start_tls(std::uint64_t stream, bool verify) = 0;
  virtual Status stream_close(std::uint64_t id) = 0;
  virtual Result<std::string> blob_put(std::string_view bytes) = 0;
  virtual Status blob_read(std::uint64_t op, std::string id, std::uint64_t offset, std::uint64_t most) = 0;

  // Said by the Link itself.
  virtual void contract_break(std::string_view what) = 0;                  // the connector broke jackfield.h's rules
  virtual void slow_callback(std::string_view callback, Millis took) = 0;  // it held its strand for so long
  virtual void timer_done(std::uint64_t) {}                                // it has returned from on_timer
  // Of a Link with a process of its own, [strand].
  virtual void process_is(int) {}
  // The instance is gone, and nobody may ever answer what it had taken; create makes another.
  virtual void instance_lost(std::string) {}
};

// One instance, made anew by every create that succeeds. [strand], all of it. The functions given in are called on the
// strand, once, perhaps before the call returns; after instance_lost only those of replay, signal, preview and stop still are. Without an instance (before create, after a failed one, after stop)
// calls do nothing.
class Link {
 public:
  using Done = std::function<void(Result<void>)>;
  virtual ~Link() = default;

  virtual void create(CreateArgs args, Done done) = 0;  // also again, after it failed
  virtual void start(Done done) = 0;                    // also again, after it failed
  virtual void send(SendRequest request, std::function<void(Taken, std::string detail)> done) = 0;
  virtual void cancel(std::uint64_t token) = 0;
  virtual void delivered(std::uint64_t delivery, Status status) = 0;
  virtual void timer(std::uint64_t timer, std::string payload) = 0;
  virtual void http(std::uint64_t op, HttpOutcome outcome) = 0;
  virtual void complete(std::uint64_t op, Status status, std::string value) = 0;
  // False: the call broke off, and nobody may ever answer.
  virtual void webhook(std::uint64_t request, WebhookRequest value, std::function<void(bool)> done) = 0;
  virtual void fetch(std::uint64_t token, std::string part, std::function<void(Status)> done) = 0;
  virtual void replay(std::string raw, std::function<void(Result<std::string>)> done) = 0;
  // Errc::conflict: the connector has no such sign, or tells nothing before a send.
  virtual void signal(std::string signal, Done done) = 0;
  virtual void preview(std::string message, std::function<void(Result<std::string>)> done) = 0;
  virtual void stream_event(net::StreamEvent event) = 0;
  virtual void drain(Time deadline) = 0;
  // Waits for what the connector runs beside its strand, then stops and destroys the instance.
  virtual void stop(std::function<void()> done) = 0;
};

}  // namespace jackfield::host
