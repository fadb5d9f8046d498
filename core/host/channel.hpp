// One configured channel: the life of its instance, what is open on it, and the services it uses.
//
// Life, all on the strand: absent → (create) → created → (start) → started → draining → stopped. Create and start are
// tried again with backoff; a started connector that says FAILED goes back to created.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "host/channel_context.hpp"
#include "host/held_replies.hpp"
#include "host/link.hpp"
#include "host/open_tokens.hpp"
#include "host/services.hpp"

namespace jackfield::host {

class Channel final : public HostSide, public std::enable_shared_from_this<Channel> {
 public:
  // file: what is loaded, the connector's own or a copy of it.
  static std::shared_ptr<Channel> make(const ChannelConfig& config, std::string file, const HostPorts& ports,
                                       const HostLimits& limits, std::shared_ptr<net::Workers> workers);

  const std::string& name() const { return context_.name; }
  const std::string& file() const { return file_; }  // that is loaded
  const ChannelConfig& config() const { return *config_; }
  const Manifest& manifest() const { return plugin_.manifest; }
  const std::string& account() const { return account_; }

  // --- driven by the host, [any thread]
  void begin();
  bool tried() const { return tried_; }  // create and start, once
  void drain(Time deadline);
  bool idle() const;  // nothing is open
  void finish();      // stops and destroys; what is open is answered
  bool finished() const { return finished_; }

  // --- in the place of another instance of the channel (succession.hpp), [any thread]
  void stage();                                // creates; tells nobody, does not start, tries once
  std::optional<Result<void>> staged() const;  // how the last step went; none: under way
  void go_on();                                // starts, once it is created
  void take_over();                            // from here on it is the channel, as after begin()
  void retire(Time deadline);                  // tells nobody any more, takes nothing new to send, ends what is open
  bool keeps_sessions() const { return streams_.used(); }
  void note_upgrade(std::string problem);  // why a newer file is not used; "": it is the newest
  void add_counts_of(const ChannelInfo& before);
  Millis stop_limit() const { return context_.limits.stop_limit; }

  void send(SendRequest request);
  void cancel(std::uint64_t token);
  void fire(std::uint64_t timer, std::string payload);  // a durable one
  void fetch(std::uint64_t token, std::string part);
  Result<void> restart();  // by hand
  void replay(std::string raw, std::function<void(Result<std::string>)> done);
  void signal(std::string signal, std::function<void(Result<void>)> done);
  void preview(std::string message, std::function<void(Result<std::string>)> done);
  void webhook(WebhookRequest request, HeldReplies::Reply reply);
  std::size_t webhook_limit(std::string_view path) const;
  ChannelInfo info() const;

  // --- driven by the connector
  void log(LogLevel level, std::string_view line) override;
  std::int64_t now_ms() override;
  void random(std::uint8_t* out, std::size_t len) override;
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
  void process_is(int pid) override { process_ = pid; }
  void instance_lost(std::string why) override;

 private:
  enum class Phase { absent, created, started, draining, stopped };

  // Whom the flow hears of the channel: only the one that is it just now.
  enum class Standing { staged, current, retired };

  Channel(const ChannelConfig& config, std::string file, const HostPorts& ports, const HostLimits& limits,
          std::shared_ptr<net::Workers> workers);
  void init();

  // life, channel_life.cpp [strand]
  void try_create();
  void created(Result<void> result);
  void try_start();
  void started(Result<void> result);
  void failed(const std::string& why);
  void settle(Result<void> step);     // channel_succession.cpp
  void tell_state();
  void try_again();
  void connector_failed();
  void instance_ended();
  void forget_instance();             // what it has begun ends with it
  void crashed(const std::string& why);  // channel_crash.cpp
  void answer_everything_open(const char* why);
  void show_state(ChannelState state, std::string detail);  // [any]
  std::uint64_t states_said() const;
  bool log_this_break();  // [any]

  // sends and fetches, channel_sends.cpp [strand]
  void refuse_send(std::uint64_t token, std::string detail);
  void taken(std::uint64_t token, Taken how, std::string detail);
  void end_send(std::uint64_t token, Outcome outcome, std::string detail);
  void deadline_of(std::uint64_t token);
  void grace_over(std::uint64_t token);
  void end_fetch(std::uint64_t token, Outcome outcome, Millis retry_after, std::string detail);

  // webhooks and deliveries, channel_receive.cpp
  void to_on_webhook(std::uint64_t request, WebhookRequest value);  // [strand]
  void delivery_ended(std::uint64_t delivery, std::uint64_t webhook, Result<void> result);
  std::optional<WebhookReply> no_such_route(const WebhookRequest& request) const;

  ChannelContext context_;
  const std::shared_ptr<const ChannelConfig> config_;
  const PluginFile& plugin_;  // of that
  const std::string file_;
  std::string settings_;  // JSON for the connector
  std::string account_;
  std::map<std::string, std::vector<std::string>, std::less<>> secrets_;

  // strand only
  Phase phase_ = Phase::absent;
  bool hold_start_ = false, one_try_ = false;  // while staged
  int failures_ = 0;
  std::uint64_t said_before_start_ = 0;
  net::TimerHandle again_;
  std::deque<std::chrono::steady_clock::time_point> crashes_;  // the latest ones

  std::atomic<bool> tried_{false}, finished_{false}, accepting_{false};
  std::atomic<bool> drains_{false};  // a retired one that has come to it
  std::atomic<Standing> standing_{Standing::current};
  OpenTokens sends_, fetches_;
  HeldReplies replies_;
  OpenOps ops_;
  KvService kv_;
  TimerService timers_;
  std::unique_ptr<HttpService> http_;
  BlobService blobs_;
  StreamService streams_;
  MetricService metrics_;

  std::atomic<std::uint64_t> open_deliveries_{0};
  std::atomic<std::uint64_t> webhooks_{0}, refused_{0}, delivered_{0}, breaks_{0}, slow_{0};
  std::atomic<std::int64_t> slow_logged_at_{0}, breaks_minute_{0};
  std::atomic<std::uint64_t> breaks_logged_{0}, crash_count_{0};
  std::atomic<int> process_{0};

  mutable std::mutex mutex_;  // of what is shown
  ChannelState state_ = ChannelState::starting;
  std::string detail_, last_error_;
  Time state_since_{}, last_error_at_{};
  std::uint64_t states_said_ = 0;  // by the connector
  std::optional<Result<void>> staged_;
  std::optional<std::uint32_t> capacity_;  // as the connector said it
  std::string upgrade_problem_;
};

}  // namespace jackfield::host
