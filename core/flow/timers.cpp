#include "flow/timers.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "flow/assign.hpp"
#include "flow/callback_course.hpp"
#include "flow/erase.hpp"
#include "flow/media.hpp"
#include "flow/mirror.hpp"
#include "flow/survey.hpp"

namespace jackfield::flow {
namespace {

constexpr std::size_t kMostAtOnce = 100;
constexpr Millis kLease{120000};
constexpr int kMostTries = 10;
constexpr Millis kSweep{1000};  // the longest wait: also what was stored before a restart is found by it

void wake_conversation(store::Unit& unit, const Environment& env, store::Timer& timer, Time now) {
  Conversation* conversation = unit.conversation(timer.message);
  if (conversation && conversation->state == ConversationState::snoozed && conversation->snoozed_until <= now) {
    conversation->state = ConversationState::open;
    conversation->snoozed_until = Time{};
    settle(unit, env, *conversation, now);
    unit.add(Event{.type = EventType::conversation_updated,
                   .at = now,
                   .source = "timers",
                   .conversation = conversation->id,
                   .contact = conversation->contact,
                   .data = "{\"state\":\"open\",\"reason\":\"the snooze is over\"}"});
  }
  unit.remove(timer);
}

// A connector that dies of a timer gets it a few times, not for ever.
bool given_up(store::Unit& unit, store::Timer& timer) {
  if (timer.kind != store::TimerKind::connector || timer.attempts < kMostTries) return false;
  log::error("flow", "timer " + timer.key + " of channel " + timer.channel +
                         " is dropped: its connector did not return from it in " + std::to_string(timer.attempts) +
                         " tries");
  unit.remove(timer);
  return true;
}

}  // namespace

struct Timers::Fired {
  store::Timer timer;
  std::string part;  // media_fetch
};

Timers::Timers(net::IoContext& io, store::Committer& committer, store::MediaStore& media, EnvironmentSource environment)
    : io_(io), committer_(committer), media_(media), environment_(std::move(environment)), strand_(io.make_strand()) {}

void Timers::start(host::ConnectorPort& host) {
  strand_.post([self = shared_from_this(), &host] {
    self->host_ = &host;
    self->stopped_ = false;
    self->run();
  });
}

void Timers::stop() {
  strand_.post([self = shared_from_this()] {
    self->stopped_ = true;
    self->timer_.cancel();
  });
}

void Timers::wake_by(Time at) {
  strand_.post([self = shared_from_this(), at] { self->arm(at); });
}

void Timers::arm(Time at) {
  if (stopped_ || running_ || (armed_ != Time{} && armed_ <= at)) return;
  armed_ = at;
  const Millis wait = std::clamp(at - environment_()->clock.now(), Millis{0}, kSweep);
  timer_ = io_.after(wait, strand_, [self = shared_from_this()] {
    self->armed_ = Time{};
    self->run();
  });
}

void Timers::run() {
  if (stopped_ || running_) return;
  running_ = true;
  auto env = environment_();
  auto fired = std::make_shared<std::vector<Fired>>();
  auto decide = [env, fired, &files = media_](store::Unit& unit) -> Result<void> {
    fired->clear();
    const Time now = env->clock.now();
    for (auto* timer : unit.due_timers(now, kMostAtOnce)) {
      if (timer->kind == store::TimerKind::wake) {
        wake_conversation(unit, *env, *timer, now);
        continue;
      }
      if (timer->kind == store::TimerKind::echo) {
        mirror_late(unit, *env, *timer);
        continue;
      }
      if (timer->kind == store::TimerKind::callback) {
        run_callback(unit, *env, *timer, now);
        continue;
      }
      if (timer->kind == store::TimerKind::remove_file) {
        remove_file(unit, files, *timer, now);
        continue;
      }
      if (timer->kind == store::TimerKind::survey) {
        ask_now(unit, *env, *timer, now);
        continue;
      }
      if (run_duty(unit, *env, *timer, now)) continue;
      if (given_up(unit, *timer)) continue;
      ++timer->attempts;
      timer->due_at = now + kLease;
      unit.changed(*timer);
      fired->push_back(
          {*timer, timer->kind == store::TimerKind::media_fetch ? part_of_job(unit, *timer) : std::string{}});
    }
    return {};
  };
  auto finished = [self = shared_from_this(), fired](const Result<void>& outcome) {
    self->strand_.post([self, fired, failed = !outcome] {
      self->running_ = false;
      const bool full = fired->size() >= kMostAtOnce;
      if (!failed) self->fire(std::move(*fired));
      self->arm(self->environment_()->clock.now() + (full && !failed ? Millis{0} : kSweep));
    });
  };
  committer_.submit_or_refuse(store::command(std::move(decide), std::move(finished)));
}

void Timers::fire(std::vector<Fired> fired) {
  if (stopped_) return;  // the lease ends, it fires again
  for (auto& entry : fired) {
    if (entry.timer.kind == store::TimerKind::media_fetch) {
      const auto token = ++last_token_;
      fetches_.emplace(token, entry.timer.key);
      host_->fetch_media(entry.timer.channel, token, std::move(entry.part));
    } else {
      leases_[{entry.timer.channel, entry.timer.key}] = entry.timer.due_at;
      host_->timer(entry.timer.channel, std::strtoull(entry.timer.key.c_str(), nullptr, 10), entry.timer.payload);
    }
  }
}

// What the connector asked for in its callback was submitted before this, and is durable when this is.
void Timers::done(const std::string& channel, std::uint64_t timer) {
  strand_.post([self = shared_from_this(), channel, key = std::to_string(timer)] {
    const auto lease = self->leases_.extract({channel, key});
    if (lease) self->remove_connector_timer(channel, key, lease.mapped());
  });
}

// Unless the connector has set it anew meanwhile.
void Timers::remove_connector_timer(const std::string& channel, const std::string& key, Time lease) {
  committer_.submit_or_refuse(store::command(
      [channel, key, lease](store::Unit& unit) -> Result<void> {
        auto* timer = unit.timer(store::TimerKind::connector, channel, key);
        if (timer && timer->due_at == lease) unit.remove(*timer);
        return {};
      },
      [](const Result<void>&) {}));
}

void Timers::set(const std::string& channel, std::uint64_t timer, Time at, std::string payload) {
  auto env = environment_();
  committer_.submit_or_refuse(store::command(
      [env, channel, timer, at, payload = std::move(payload)](store::Unit& unit) -> Result<void> {
        store::Timer row;
        row.id = env->ids.next();
        row.kind = store::TimerKind::connector;
        row.channel = channel;
        row.key = std::to_string(timer);
        row.due_at = at;
        row.payload = payload;
        unit.add(std::move(row));
        return {};
      },
      [](const Result<void>&) {}));
}

void Timers::cancel(const std::string& channel, std::uint64_t timer) {
  committer_.submit_or_refuse(store::command(
      [channel, timer](store::Unit& unit) -> Result<void> {
        if (auto* row = unit.timer(store::TimerKind::connector, channel, std::to_string(timer))) unit.remove(*row);
        return {};
      },
      [](const Result<void>&) {}));
}

void Timers::fetch_done(const std::string& channel, host::FetchResult result) {
  strand_.post([self = shared_from_this(), channel, result = std::move(result)]() mutable {
    const auto at = self->fetches_.find(result.token);
    if (at == self->fetches_.end()) return;
    const std::string key = std::move(at->second);
    self->fetches_.erase(at);
    std::int64_t size = 0;
    if (result.outcome == host::Outcome::accepted) {
      // The file is safe on disk before the row that names it; a failure is another try.
      const auto synced = self->media_.sync({result.blob});
      const auto measured = self->media_.size(result.blob);
      if (!synced || !measured)
        result.outcome = host::Outcome::retry;
      else
        size = *measured;
    }
    auto env = self->environment_();
    self->committer_.submit_or_refuse(store::command(
        [env, channel, key, result, size](store::Unit& unit) -> Result<void> {
          end_fetch(unit, *env, channel, key, result, size);
          return {};
        },
        [&files = self->media_, blob = result.blob](const Result<void>& outcome) {
          if (outcome && !blob.empty()) files.settled({blob});
        }));  // not written: the lease ends and it is fetched again
  });
}

}  // namespace jackfield::flow
