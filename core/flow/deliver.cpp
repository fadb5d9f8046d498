#include "flow/deliver.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <future>
#include <thread>

#include "base/log.hpp"
#include "flow/clock_watch.hpp"
#include "flow/outbound_message.hpp"
#include "flow/outcome.hpp"
#include "flow/track.hpp"

namespace jackfield::flow {
namespace {

constexpr std::size_t kMostAClaim = 64;
constexpr Millis kAfterStoreTrouble{1000};

constexpr std::size_t kMostReferences = 20;
// The longest a lane sleeps: finds what waited before a restart, and what a clock that jumped made due.
constexpr Millis kSweep{2000};

bool threads_by_reference(const Channel& channel) { return channel.manifest.default_scope == "thread"; }

// What an operator must see: a message that was refused, may have been sent, or could not be.
void tell(const std::string& channel, Id message, const host::SendResult& result) {
  const std::string what = "message " + to_string(message),
                    why = result.error_class + (result.code.empty() ? "" : " " + result.code) + ": " + result.detail;
  if (result.outcome == host::Outcome::rejected) log::warn("channel/" + channel, what + " was refused, " + why);
  if (result.outcome == host::Outcome::unknown)
    log::warn("channel/" + channel, what + " may or may not have been sent, " + why);
  if (result.outcome == host::Outcome::retry && !result.busy)
    log::info("channel/" + channel, what + " was not sent and is tried again, " + why);
}

}  // namespace

std::size_t RateLimit::available(Time now) {
  if (per_second_ <= 0) return kMostAClaim;
  if (last_ != Time{} && now > last_)
    tokens_ = std::min(burst_, tokens_ + per_second_ * static_cast<double>((now - last_).count()) / 1000.0);
  last_ = now;
  return tokens_ >= 1 ? static_cast<std::size_t>(tokens_) : 0;
}

Millis RateLimit::until_next() const {
  return Millis{static_cast<std::int64_t>(std::ceil(std::max(0.0, 1.0 - tokens_) * 1000.0 / per_second_))};
}

struct Deliver::Claimed {
  Id message;
  std::string recipient;
  Id conversation;
  int attempt = 1;
  std::string json;  // open_outbound_message
};

struct Deliver::Lane {
  std::string name;
  Millis timeout{};
  RateLimit rate{0, 1};
  std::size_t declared_capacity = 0;  // by the manifest
  std::size_t capacity = 0;           // what is in force: the connector may say another while it runs
  bool references = false;
  std::size_t open = 0;
  bool claiming = false;
  bool again = false;  // something changed while a claim was under way
  Time paused_until{};
  std::map<std::string, Time> paused_recipients;
  std::set<Time> wakes;
  Time armed{};
  net::TimerHandle timer;

  explicit Lane(const Channel& channel) : name(channel.policy.name) { configure(channel); }

  // What is under way and on hold stays so.
  void configure(const Channel& channel) {
    const auto& manifest = channel.manifest;
    timeout = manifest.send_timeout;
    rate.change(slower(channel.policy.per_second, manifest.per_second), manifest.burst);
    references = threads_by_reference(channel);
    const auto declared = static_cast<std::size_t>(std::max(1, manifest.max_in_flight));
    if (declared != declared_capacity) capacity = declared_capacity = declared;
  }

  static double slower(double a, double b) { return a > 0 && b > 0 ? std::min(a, b) : std::max(a, b); }

  std::vector<std::string> recipients_on_hold(Time now) {
    std::erase_if(paused_recipients, [&](const auto& entry) { return entry.second <= now; });
    std::vector<std::string> out;
    for (const auto& [recipient, until] : paused_recipients) out.push_back(recipient);
    return out;
  }
};

Deliver::Deliver(net::IoContext& io, store::Committer& committer, store::Store& store, EnvironmentSource environment,
                 Counters& counters)
    : io_(io),
      committer_(committer),
      store_(store),
      environment_(std::move(environment)),
      counters_(counters),
      strand_(io.make_strand()) {}

Deliver::~Deliver() = default;

Result<void> Deliver::recover() {
  return committer_.run([env = environment_()](store::Unit& unit) -> Result<void> {
    const SendError error{"internal", "", "the process ended while it was being sent", env->clock.now()};
    for (auto* entry : unit.in_flight()) or_hold(unit, *entry, [&] { mark_unknown(unit, *env, *entry, error); });
    if (behind_ids(*env) > Millis{0}) try_now(unit, env->clock.now());
    return {};
  });
}

void Deliver::start(host::ConnectorPort& host) {
  strand_.post([self = shared_from_this(), &host] {
    auto reader = self->store_.open_reader();
    if (reader) self->reader_ = std::move(*reader);
    self->host_ = &host;
    self->stopped_ = false;
    self->make_lanes();
  });
}

void Deliver::configured() {
  strand_.post([self = shared_from_this()] {
    if (!self->stopped_) self->make_lanes();
  });
}

void Deliver::make_lanes() {
  const auto env = environment_();
  std::erase_if(lanes_, [&](const auto& lane) {
    const auto* channel = env->channel(lane.first);
    return !channel || !channel->manifest.sends;
  });
  for (const auto& [name, channel] : env->channels) {
    if (!channel.manifest.sends) continue;
    auto& made = lanes_[name];
    if (made) {
      made->configure(channel);
    } else {
      made = std::make_unique<Lane>(channel);
      const auto of_it = [&](const auto& open) { return open.second.channel == name; };
      made->open = static_cast<std::size_t>(std::count_if(open_.begin(), open_.end(), of_it));
    }
    pump(*made);
  }
}

void Deliver::stop() {
  strand_.post([self = shared_from_this()] {
    self->stopped_ = true;
    for (auto& [name, lane] : self->lanes_) lane->timer.cancel();
  });
}

// What is not written by then would be unknown at the next start, and wait for a person.
void Deliver::settle(Millis patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  const auto is_settled = [this] {
    auto asked = std::make_shared<std::promise<bool>>();
    auto answer = asked->get_future();
    strand_.post([self = shared_from_this(), asked] {
      const auto claims = [](const auto& lane) { return lane.second->claiming; };
      asked->set_value(self->open_.empty() && std::none_of(self->lanes_.begin(), self->lanes_.end(), claims));
    });
    return answer.wait_for(std::chrono::seconds{1}) == std::future_status::ready && answer.get();
  };
  while (!is_settled() && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
}

Deliver::Lane* Deliver::lane(const std::string& channel) {
  const auto at = lanes_.find(channel);
  return at == lanes_.end() ? nullptr : at->second.get();
}

void Deliver::clock_went_back() {
  auto env = environment_();
  auto decide = [env](store::Unit& unit) -> Result<void> { return try_now(unit, env->clock.now()), Result<void>(); };
  auto finished = [self = shared_from_this()](const Result<void>&) {
    self->strand_.post([self] {
      for (auto& [name, lane] : self->lanes_) {
        lane->paused_until = Time{};
        lane->paused_recipients.clear();
        lane->wakes.clear();
        lane->armed = Time{};
        self->pump(*lane);
      }
    });
  };
  committer_.submit_or_refuse(store::command(std::move(decide), std::move(finished)));
}

void Deliver::wake(const std::string& channel) {
  strand_.post([self = shared_from_this(), channel] {
    if (auto* found = self->lane(channel)) self->pump(*found);
  });
}

void Deliver::capacity(const std::string& channel, std::uint32_t open_sends) {
  strand_.post([self = shared_from_this(), channel, open_sends] {
    auto* found = self->lane(channel);
    if (!found) return;
    found->capacity = open_sends;
    self->pump(*found);
  });
}

void Deliver::pump(Lane& lane) {
  if (stopped_) return;
  if (lane.claiming) {
    lane.again = true;
    return;
  }
  const Time now = environment_()->clock.now();
  if (lane.paused_until > now) return wake_at(lane, lane.paused_until);
  if (lane.open >= lane.capacity) return;
  const std::size_t allowed = lane.rate.available(now);
  if (allowed == 0) return wake_at(lane, now + lane.rate.until_next());
  claim(lane, std::min({lane.capacity - lane.open, allowed, kMostAClaim}));
}

void Deliver::claim(Lane& lane, std::size_t most) {
  lane.claiming = true;
  lane.again = false;
  auto env = environment_();
  auto entries = std::make_shared<std::vector<Claimed>>();
  auto decide = [env, entries, channel = lane.name, most,
                 on_hold = lane.recipients_on_hold(env->clock.now())](store::Unit& unit) -> Result<void> {
    entries->clear();
    const Time now = env->clock.now();
    for (auto* entry : unit.due_outbox(channel, now, most, on_hold)) {
      or_hold(unit, *entry, [&] {
        const Message* message = unit.message(entry->message);
        if (!message || now >= entry->deadline) return expire(unit, *env, *entry);
        std::string json = open_outbound_message(unit, *env, *message);
        entry->state = store::OutboxState::in_flight;
        ++entry->attempts;
        unit.changed(*entry);
        entries->push_back({entry->message, entry->recipient, entry->conversation, entry->attempts, std::move(json)});
      });
    }
    return {};
  };
  auto finished = [self = shared_from_this(), entries, channel = lane.name, most](const Result<void>& outcome) {
    self->strand_.post([self, entries, channel, failed = !outcome, most] {
      self->claimed(channel, std::move(*entries), failed, most);
    });
  };
  committer_.submit_or_refuse(store::command(std::move(decide), std::move(finished)));
}

void Deliver::claimed(const std::string& channel, std::vector<Claimed> entries, bool failed, std::size_t asked) {
  Lane* found = lane(channel);
  // Its channel was taken out of the configuration meanwhile.
  if (!found) return failed ? void() : give_back(std::move(entries));
  found->claiming = false;
  if (failed) return wake_at(*found, environment_()->clock.now() + kAfterStoreTrouble);
  if (stopped_) return give_back(std::move(entries));
  const bool more = entries.size() >= asked || found->again;
  found->rate.take(entries.size());
  for (auto& entry : entries) hand_over(*found, std::move(entry));
  if (more) return pump(*found);
  if (found->wakes.empty()) wake_at(*found, environment_()->clock.now() + kSweep);
}

// Only where the connector threads by references: a small read, after the commit.
std::vector<std::string> Deliver::references_of(const Lane& lane, Id conversation) {
  if (!lane.references || !reader_) return {};
  auto ids = reader_->provider_ids(conversation, lane.name, kMostReferences);
  return ids ? std::move(*ids) : std::vector<std::string>{};
}

void Deliver::hand_over(Lane& lane, Claimed entry) {
  close_outbound_message(entry.json, references_of(lane, entry.conversation));
  host::SendRequest request;
  request.token = ++last_token_;
  request.attempt = entry.attempt;
  request.timeout = lane.timeout;
  request.idempotency_key = to_string(entry.message);
  request.message = std::move(entry.json);
  open_.emplace(request.token, OpenSend{entry.message, lane.name, std::move(entry.recipient)});
  ++lane.open;
  ++counters_.sends;
  host_->send(lane.name, std::move(request));
}

// Claimed, but the process is stopping: they were not sent for certain.
void Deliver::give_back(std::vector<Claimed> entries) {
  if (entries.empty()) return;
  committer_.submit_or_refuse(store::command(
      [entries = std::move(entries)](store::Unit& unit) -> Result<void> {
        for (const auto& claimed : entries) {
          auto* entry = unit.outbox(claimed.message);
          if (!entry) continue;
          entry->state = store::OutboxState::waiting;
          --entry->attempts;
          unit.changed(*entry);
        }
        return {};
      },
      [](const Result<void>&) {}));
}

void Deliver::send_done(const std::string&, host::SendResult result) {
  strand_.post([self = shared_from_this(), result = std::move(result)] { self->finish(result); });
}

void Deliver::finish(const host::SendResult& result) {
  const auto at = open_.find(result.token);
  if (at == open_.end()) return;
  auto open = std::make_shared<const OpenSend>(std::move(at->second));
  open_.erase(at);
  switch (result.outcome) {
    case host::Outcome::retry: ++counters_.retries; break;
    case host::Outcome::rejected: ++counters_.rejected; break;
    case host::Outcome::unknown: ++counters_.unknown; break;
    default: break;
  }
  tell(open->channel, open->message, result);
  if (Lane* found = lane(open->channel)) {
    --found->open;
    pause(*found, *open, result);
  }
  write_outcome(open, std::make_shared<const host::SendResult>(result));
}

void Deliver::pause(Lane& lane, const OpenSend& open, const host::SendResult& result) {
  if (result.outcome == host::Outcome::accepted || result.retry_after.count() <= 0) return;
  const Time until = environment_()->clock.now() + result.retry_after;
  if (result.scope == host::WaitScope::channel) lane.paused_until = std::max(lane.paused_until, until);
  if (result.scope == host::WaitScope::recipient) {
    auto& known = lane.paused_recipients[open.recipient];
    known = std::max(known, until);
    wake_at(lane, until);
  }
}

// Tried until it is written: what is in flight in the store would otherwise be taken for unknown.
void Deliver::write_outcome(std::shared_ptr<const OpenSend> open, std::shared_ptr<const host::SendResult> result) {
  auto env = environment_();
  auto due = std::make_shared<Time>();
  auto decide = [env, open, result, due](store::Unit& unit) -> Result<void> {
    *due = apply_outcome(unit, *env, open->message, *result);
    return {};
  };
  auto finished = [self = shared_from_this(), open, result, due](const Result<void>& outcome) {
    const bool failed = !outcome;
    self->strand_.post([self, open, result, due, failed] {
      Lane* found = self->lane(open->channel);
      if (failed && !self->stopped_) {
        auto timer = std::make_shared<net::TimerHandle>();
        *timer = self->io_.after(kAfterStoreTrouble, self->strand_,
                                 [self, open, result, timer] { self->write_outcome(open, result); });
        return;
      }
      if (!found) return;
      if (*due != Time{}) self->wake_at(*found, *due);
      self->pump(*found);
    });
  };
  committer_.submit_or_refuse(store::command(std::move(decide), std::move(finished)));
}

void Deliver::send_note(const std::string&, std::uint64_t token, std::vector<std::string> provider_ids,
                        std::function<void(Result<void>)> done) {
  strand_.post([self = shared_from_this(), token, provider_ids = std::move(provider_ids),
                done = std::move(done)]() mutable {
    const auto at = self->open_.find(token);
    if (at == self->open_.end()) return done(fail(Errc::conflict, "this send is not open"));
    auto env = self->environment_();
    self->committer_.submit_or_refuse(store::command(
        [env, message = at->second.message, provider_ids = std::move(provider_ids)](store::Unit& unit) -> Result<void> {
          if (Message* found = unit.message(message)) bind_ids(unit, *env, *found, provider_ids);
          return {};
        },
        [done = std::move(done)](const Result<void>& outcome) { done(outcome); }));
  });
}

void Deliver::wake_at(Lane& lane, Time at) {
  // Rounded up, so that many waits of nearly the same length share one wake.
  lane.wakes.insert(time_from_ms((to_ms(at) + 19) / 20 * 20));
  arm(lane);
}

void Deliver::arm(Lane& lane) {
  if (stopped_ || lane.wakes.empty() || (lane.armed != Time{} && lane.armed <= *lane.wakes.begin())) return;
  const Time at = *lane.wakes.begin();
  lane.armed = at;
  const Millis wait = std::max(Millis{1}, at - environment_()->clock.now());
  lane.timer = io_.after(wait, strand_, [self = shared_from_this(), name = lane.name] {
    Lane* found = self->lane(name);
    if (!found) return;
    const Time now = self->environment_()->clock.now();
    found->armed = Time{};
    std::erase_if(found->wakes, [&](Time t) { return t <= now; });
    self->pump(*found);
    self->arm(*found);
  });
}

}  // namespace jackfield::flow
