// The host as a connector in a process of its own sees it: calls become frames. What jackfield.h promises an answer for
// at once is answered here, from what the host said and granted before, without a way there and back; only listen waits
// for the host. Calls [any thread]; what has ended is told by the thread that reads the host's frames.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "host/frame_socket.hpp"
#include "host/link.hpp"

namespace jackfield::host {

// Ids that are open, at most so many. Not for several threads.
class IdSet {
 public:
  explicit IdSet(std::size_t most) : most_(most) {}
  Status open(std::uint64_t id);      // busy: too many; invalid: it is open or the host's
  void note(std::uint64_t id);        // one that the host gave
  bool close(std::uint64_t id) { return ids_.erase(id) != 0; }
  bool has(std::uint64_t id) const { return ids_.contains(id); }

 private:
  const std::size_t most_;
  std::unordered_set<std::uint64_t> ids_;
};

class RemoteHost final : public HostSide {
 public:
  using Secrets = std::map<std::string, std::vector<std::string>, std::less<>>;
  explicit RemoteHost(FrameSocket& socket);
  void set_secrets(Secrets secrets) { secrets_ = std::move(secrets); }  // before the first call

  // --- from the host, before the connector hears of it
  void send_came(std::uint64_t token);
  void fetch_came(std::uint64_t token);
  void webhook_came(std::uint64_t request);
  void delivery_ended();
  void op_ended(std::uint64_t op);
  void http_ended(std::uint64_t op);
  void timer_fired(std::uint64_t timer);
  void stream_event(const net::StreamEvent& event);
  bool written(std::uint64_t stream, std::uint64_t bytes);  // true: the connector waits for room and has it now
  void listening(std::uint64_t listener, Status status);
  bool owes_reply(std::uint64_t request);

  // --- from the connector
  void log(LogLevel level, std::string_view line) override;
  std::int64_t now_ms() override { return to_ms(clock_.now()); }
  void random(std::uint8_t* out, std::size_t len) override { random_.fill(out, len); }
  Status deliver(ConnectorDelivery delivery) override;
  Status webhook_reply(std::uint64_t request, WebhookReply reply) override;
  Status send_done(SendResult result) override;
  Status send_note(std::uint64_t op, std::uint64_t token, std::vector<std::string> provider_ids) override;
  Status fetch_done(FetchResult result) override;
  void set_state(ChannelState state, std::string detail) override;
  void set_capacity(std::uint32_t open_sends) override;
  const std::vector<std::string>* secret(std::string_view pointer) override;
  Status kv_get(std::uint64_t op, std::string key) override;
  Status kv_cas(std::uint64_t op, std::string key, std::string expected, std::string value) override;
  Status timer_set(std::uint64_t timer, std::int64_t at_ms, bool durable, std::string payload) override;
  Status timer_cancel(std::uint64_t timer) override;
  Status http(std::uint64_t op, HttpOrder order) override;
  void metric(bool gauge, std::string_view name, double value) override;
  Status stream_listen(std::uint64_t listener, net::ListenArgs args) override;
  Status stream_connect(std::uint64_t stream, net::ConnectArgs args) override;
  Status stream_read(std::uint64_t stream, std::uint64_t credit) override;
  Status stream_write(std::uint64_t stream, std::string bytes) override;
  Status stream_start_tls(std::uint64_t stream, bool verify) override;
  Status stream_close(std::uint64_t id) override;
  Result<std::string> blob_put(std::string_view bytes) override;
  Status blob_read(std::uint64_t op, std::string id, std::uint64_t offset, std::uint64_t most) override;
  void contract_break(std::string_view what) override;
  void slow_callback(std::string_view callback, Millis took) override;
  void timer_done(std::uint64_t timer) override;

 private:
  struct Window {
    std::uint64_t unwritten = 0;
    bool full = false;  // write said BUSY
  };
  Status open(IdSet& ids, std::uint64_t id);
  bool close(IdSet& ids, std::uint64_t id);
  bool known_stream(std::uint64_t id);

  FrameSocket& socket_;
  SystemClock clock_;
  SystemRandom random_;
  Secrets secrets_;

  std::mutex mutex_;
  std::condition_variable answered_;
  IdSet sends_, fetches_, webhooks_, ops_, https_, volatile_timers_, durable_timers_;
  std::unordered_map<std::uint64_t, Window> streams_;
  std::map<std::uint64_t, Status> listening_;  // answers that listen has not picked up yet
  std::size_t open_deliveries_ = 0;
};

}  // namespace jackfield::host
