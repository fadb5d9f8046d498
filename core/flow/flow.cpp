// The flow's parts put together. Each part has its own file; this one only says who talks to whom.
#include "flow/flow.hpp"

#include <boost/json/serialize.hpp>
#include <chrono>
#include <mutex>

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "flow/agents.hpp"
#include "flow/clock_watch.hpp"
#include "flow/deliver.hpp"
#include "flow/explain.hpp"
#include "flow/intake.hpp"
#include "flow/media.hpp"
#include "flow/media_links.hpp"
#include "flow/overdue.hpp"
#include "flow/rules.hpp"
#include "flow/timers.hpp"

namespace jackfield::flow {

namespace {
constexpr Millis kClockLook{2000};
}

struct Flow::State : std::enable_shared_from_this<Flow::State> {
  explicit State(FlowPorts p) : ports(p), intake(p.committer, p.media, arrived) {}

  FlowPorts ports;
  std::string link_key;                            // of MediaLinks; configure's
  std::shared_ptr<const Environment> environment;  // through std::atomic_load and _store
  Intake::Counters arrived;
  Deliver::Counters delivered;
  Intake intake;
  std::shared_ptr<Deliver> deliver;
  std::shared_ptr<Overdue> overdue;
  std::shared_ptr<Timers> timers;
  std::atomic<host::ConnectorPort*> host{nullptr};
  std::atomic<bool> stopped{false};
  std::mutex again_mutex;
  net::TimerHandle again;  // recovers once more, then looks at the clock
  ClockWatch clock_watch;

  // Nothing is sent before what was in flight at the last end is marked: its lanes would be blocked for ever.
  void recover_then_deliver(host::ConnectorPort& connectors) {
    if (stopped) return;
    if (auto recovered = deliver->recover(); !recovered) {
      log::error("flow", "what was being sent at the last end cannot be marked yet: " + recovered.error().message);
      go_on_after(Millis{1000},
                  [self = shared_from_this(), &connectors] { self->recover_then_deliver(connectors); });
      return;
    }
    sync();
    deliver->start(connectors);
    overdue->start();
    timers->start(connectors);
    watch_clock();
  }

  void watch_clock() {
    if (stopped) return;
    if (const auto step = clock_watch.look(ports.clock.now(), std::chrono::steady_clock::now())) {
      const bool back = *step < Millis{0};
      log::warn("flow", "the clock was set " + std::string(back ? "back" : "forward") + " by " +
                            std::to_string(std::chrono::abs(*step).count() / 1000) + " s" +
                            (back ? ": replies that wait are tried now" : ""));
      if (back) deliver->clock_went_back();
    }
    go_on_after(kClockLook, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->watch_clock();
    });
  }

  // The first time from the thread that starts, then from an io thread, maybe before that one has the handle.
  void go_on_after(Millis wait, std::function<void()> what) {
    std::lock_guard lock(again_mutex);
    again = ports.io.after(wait, std::move(what));
  }

  // The agents of the configuration in force.
  void sync() {
    auto current = env();
    ports.committer.submit_or_refuse(store::command(
        [current](store::Unit& unit) -> Result<void> {
          sync_agents(unit, *current);
          return {};
        },
        [](const Result<void>& outcome) {
          if (!outcome)
            log::error("flow",
                       "the agents could not be brought in step with the configuration: " + outcome.error().message);
        }));
  }

  std::shared_ptr<const Environment> env() const { return std::atomic_load(&environment); }

  void make_parts() {
    auto source = [weak = weak_from_this()]() -> std::shared_ptr<const Environment> {
      auto self = weak.lock();
      return self ? self->env() : nullptr;
    };
    deliver = std::make_shared<Deliver>(ports.io, ports.committer, ports.store, source, delivered);
    overdue = std::make_shared<Overdue>(ports.io, ports.committer, source);
    timers = std::make_shared<Timers>(ports.io, ports.committer, ports.media, source);
    ports.committer.on_commit([weak = weak_from_this()](const store::Committed& committed) {
      auto self = weak.lock();
      if (!self || !self->host.load()) return;
      for (const auto& channel : committed.outbox_channels) self->deliver->wake(channel);
      if (committed.earliest_timer != Time{}) self->timers->wake_by(committed.earliest_timer);
    });
  }
};

namespace {

// Made once and kept in the store, so that an address that was given out outlives a restart.
Result<std::string> kept_link_key(FlowPorts& ports) {
  std::string key;
  const auto kept = ports.committer.run([&](store::Unit& unit) -> Result<void> {
    if (auto known = unit.kv("", "media-link-key")) return key = std::move(*known), Result<void>();
    std::uint8_t bytes[32];
    ports.random.fill(bytes, sizeof bytes);
    key = to_hex(bytes, sizeof bytes);
    unit.set_kv("", "media-link-key", key);
    return {};
  });
  if (!kept) return kept.error();
  return key;
}

}  // namespace

Flow::Flow(FlowPorts ports) : state_(std::make_shared<State>(ports)) { state_->make_parts(); }

Flow::~Flow() { stop(); }

Result<void> Flow::configure(FlowConfig config, std::map<std::string, host::Manifest> manifests) {
  auto made =
      make_environment(std::move(config), manifests, state_->ports.clock, state_->ports.ids, state_->ports.random);
  if (!made) return made.error();
  auto env = std::make_shared<Environment>(std::move(*made));
  if (!env->config.public_url.empty()) {
    if (state_->link_key.empty()) {
      auto key = kept_link_key(state_->ports);
      if (!key) return key.error();
      state_->link_key = std::move(*key);
    }
    env->links = std::make_shared<const MediaLinks>(env->config.public_url, state_->link_key);
  }
  std::atomic_store(&state_->environment, std::shared_ptr<const Environment>(std::move(env)));
  state_->deliver->configured();
  if (state_->host.load() && !state_->stopped) state_->sync();
  return {};
}

void Flow::start(host::ConnectorPort& host) {
  state_->host = &host;
  state_->recover_then_deliver(host);
}

void Flow::stop() {
  state_->stopped = true;
  state_->deliver->stop();
  state_->overdue->stop();
  state_->timers->stop();
  state_->intake.stop();
}

void Flow::settle(Millis patience) {
  if (state_->host.load()) state_->deliver->settle(patience);
}

std::shared_ptr<const Environment> Flow::environment() const { return state_->env(); }

FlowStats Flow::stats() const {
  const auto& s = *state_;
  return FlowStats{s.arrived.received,  s.arrived.duplicates, s.arrived.dead_letters, s.delivered.sends,
                   s.delivered.retries, s.delivered.rejected, s.delivered.unknown};
}

void Flow::write(Idempotency idempotency, std::function<Result<Answer>(store::Unit&, const Environment&)> decide,
                 std::function<void(Result<Answer>)> done) {
  auto env = state_->env();
  auto answer = std::make_shared<Answer>();
  auto run = [env, idempotency = std::move(idempotency), decide = std::move(decide),
              answer](store::Unit& unit) -> Result<void> {
    if (!idempotency.key.empty()) {
      if (const auto kept = unit.idempotent_answer(idempotency.owner, idempotency.key)) {
        if (kept->fingerprint != idempotency.fingerprint)
          return fail(Errc::conflict, "this Idempotency-Key was used for another request");
        *answer = {kept->status, kept->body};
        return {};
      }
    }
    auto made = decide(unit, *env);
    if (!made) return made.error();
    *answer = std::move(*made);
    if (!idempotency.key.empty())
      unit.keep_answer({idempotency.owner, idempotency.key, idempotency.fingerprint, answer->status, answer->body,
                        env->clock.now()});
    return {};
  };
  auto finished = [answer, done = std::move(done)](const Result<void>& outcome) {
    done(outcome ? Result<Answer>(std::move(*answer)) : Result<Answer>(outcome.error()));
  };
  state_->ports.committer.submit_or_refuse(store::command(std::move(run), std::move(finished)));
}

namespace {

// The events of a dead letter, once its connector or the host can read them.
void receive_again(Flow& flow, store::MediaStore& media, const host::ConnectorPort& host, Id letter,
                   const std::string& channel, const std::string& events, std::function<void(Result<Answer>)> done) {
  auto arrivals = Intake::arrivals(*flow.environment(), host, channel, events);
  if (!arrivals) return done(arrivals.error());
  for (const auto& arrival : *arrivals) {
    if (!arrival.refused.empty()) return done(fail(Errc::conflict, "it still cannot be received: " + arrival.refused));
    if (arrival.event.kind == InboundKind::undecodable)
      return done(fail(Errc::conflict, "it still cannot be decoded: " + arrival.event.reason));
  }
  for (const auto& arrival : *arrivals)
    if (auto synced = media.sync(blobs_of(arrival.event.content.parts)); !synced) return done(synced.error());
  auto list = std::make_shared<const std::vector<Arrival>>(std::move(*arrivals));
  flow.write(
      {},
      [list, letter](store::Unit& unit, const Environment& env) -> Result<Answer> {
        auto* row = unit.dead_letter(letter);
        if (!row) return fail(Errc::not_found, "no such dead letter");
        if (row->resolved_at != Time{}) return fail(Errc::conflict, "it has been replayed already");
        std::size_t stored = 0;
        for (const auto& arrival : *list) {
          if (speaks_of_nothing(unit, arrival))
            return fail(Errc::conflict, "it still speaks of a message that is not here: " + arrival.event.id);
          auto received = receive(unit, env, arrival);
          if (!received) return received.error();
          if (*received == Received::dead_letter) return fail(Errc::conflict, "it still cannot be received");
          stored += *received == Received::stored;
        }
        row->resolved_at = env.clock.now();
        unit.changed(*row);
        return Answer{200, "{\"id\":\"" + to_string(letter) + "\",\"stored\":" + std::to_string(stored) + "}"};
      },
      std::move(done));
}

}  // namespace

void Flow::replay(Id dead_letter, std::function<void(Result<Answer>)> done) {
  auto letter = std::make_shared<store::DeadLetter>();
  auto look = [letter, dead_letter](store::Unit& unit, const Environment& env) -> Result<Answer> {
    const auto* row = unit.dead_letter(dead_letter);
    if (!row) return fail(Errc::not_found, "no such dead letter");
    if (row->resolved_at != Time{}) return fail(Errc::conflict, "it has been replayed already");
    *letter = *row;
    if (row->kind != store::DeadLetterKind::outbound) return Answer{};
    auto message = retry(unit, env, row->message);
    if (!message) return message.error();
    return Answer{202, message_to_json(**message)};
  };
  write({}, std::move(look), [this, letter, dead_letter, done = std::move(done)](Result<Answer> looked) mutable {
    if (!looked || letter->kind == store::DeadLetterKind::outbound) return done(std::move(looked));
    host::ConnectorPort* host = state_->host.load();
    if (!host) return done(fail(Errc::unavailable, "the host has not started"));
    if (!letter->undecodable)
      return receive_again(*this, state_->ports.media, *host, dead_letter, letter->channel, letter->raw,
                           std::move(done));
    host->replay(letter->channel, letter->raw,
                 [this, host, letter, dead_letter, done = std::move(done)](Result<std::string> events) mutable {
                   if (!events)
                     return done(fail(Errc::conflict, "it still cannot be decoded: " + events.error().message));
                   receive_again(*this, state_->ports.media, *host, dead_letter, letter->channel, *events,
                                 std::move(done));
                 });
  });
}

Result<void> Flow::deliver(host::Delivery delivery) {
  host::ConnectorPort* host = state_->host.load();
  if (!host) return fail(Errc::busy, "the flow has not started");
  return state_->intake.deliver(state_->env(), *host, std::move(delivery));
}

void Flow::send_done(const std::string& channel, host::SendResult result) {
  state_->deliver->send_done(channel, std::move(result));
}

void Flow::send_note(const std::string& channel, std::uint64_t token, std::vector<std::string> provider_ids,
                     std::function<void(Result<void>)> done) {
  state_->deliver->send_note(channel, token, std::move(provider_ids), std::move(done));
}

void Flow::kv_get(const std::string& channel, std::string key, std::function<void(Result<std::string>)> done) {
  auto value = std::make_shared<std::optional<std::string>>();
  state_->ports.committer.submit_or_refuse(store::command(
      [value, channel, key = std::move(key)](store::Unit& unit) -> Result<void> {
        *value = unit.kv(channel, key);
        return {};
      },
      [value, done = std::move(done)](const Result<void>& outcome) {
        if (!outcome) return done(outcome.error());
        done(*value ? Result<std::string>(std::move(**value))
                    : Result<std::string>(fail(Errc::not_found, "no such key")));
      }));
}

void Flow::kv_cas(const std::string& channel, std::string key, std::string expected, std::string value,
                  std::function<void(Result<void>)> done) {
  state_->ports.committer.submit_or_refuse(store::command(
      [channel, key = std::move(key), expected = std::move(expected),
       value = std::move(value)](store::Unit& unit) -> Result<void> {
        if (unit.kv(channel, key).value_or("") != expected) return fail(Errc::conflict, "the value is another one");
        unit.set_kv(channel, key, value.empty() ? std::nullopt : std::optional<std::string>(value));
        return {};
      },
      std::move(done)));
}

void Flow::timer_set(const std::string& channel, std::uint64_t timer, Time at, std::string payload) {
  state_->timers->set(channel, timer, at, std::move(payload));
}

void Flow::timer_cancel(const std::string& channel, std::uint64_t timer) { state_->timers->cancel(channel, timer); }

void Flow::timer_done(const std::string& channel, std::uint64_t timer) { state_->timers->done(channel, timer); }

void Flow::fetch_done(const std::string& channel, host::FetchResult result) {
  state_->timers->fetch_done(channel, std::move(result));
}

void Flow::capacity(const std::string& channel, std::uint32_t open_sends) {
  state_->deliver->capacity(channel, open_sends);
}

void Flow::channel_state(const std::string& channel, host::ChannelState state, std::string detail) {
  log::info("channel/" + channel, std::string(host::name_of(state)) + (detail.empty() ? "" : ": " + detail));
  auto env = state_->env();
  if (!env) return;
  std::string data = "{\"channel\":";
  append_string(data, channel);
  data += ",\"state\":\"" + std::string(host::name_of(state)) + "\",\"detail\":";
  append_string(data, detail);
  data += '}';
  state_->ports.committer.submit_or_refuse(store::command(
      [env, channel, data = std::move(data)](store::Unit& unit) -> Result<void> {
        unit.add(Event{.type = EventType::channel_state, .at = env->clock.now(), .source = channel, .data = data});
        return {};
      },
      [](const Result<void>&) {}));
  if (state == host::ChannelState::ready && state_->host.load()) state_->deliver->wake(channel);
}

}  // namespace jackfield::flow
