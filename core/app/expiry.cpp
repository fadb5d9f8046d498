#include "app/expiry.hpp"

#include <mutex>

#include "base/log.hpp"

namespace jackfield::app {

namespace {

DayNumber day_of(Time at) {
  return static_cast<DayNumber>(std::chrono::floor<std::chrono::days>(at).time_since_epoch().count());
}

}  // namespace

struct Expiry::State : std::enable_shared_from_this<State> {
  State(net::IoContext& i, store::Committer& c, const Clock& k, ExpiryTimes t)
      : io(i), committer(c), clock(k), times(t) {}

  void arm(Millis wait) {
    const std::lock_guard lock(mutex);
    if (stopped) return;
    timer = io.after(wait, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->step();
    });
  }

  void step() {
    auto more = std::make_shared<bool>(false);
    const auto decide = [self = shared_from_this(), more](store::Unit& unit) -> Result<void> {
      const Time now = self->clock.now();
      *more = unit.expire(now - self->times.events, now - self->times.answers, self->times.step);
      if (self->times.figures) *more |= unit.expire_figures(day_of(now - self->times.figures()));
      return {};
    };
    const auto finished = [weak = weak_from_this(), more](const Result<void>& outcome) {
      if (!outcome) log::warn("store", "old events could not be removed: " + outcome.error().message);
      const auto self = weak.lock();
      if (self) self->arm(outcome && *more ? self->times.between : self->times.every);
    };
    {
      const std::lock_guard lock(mutex);
      if (stopped) return;
    }
    committer.submit_or_refuse(store::command(decide, finished));
  }

  net::IoContext& io;
  store::Committer& committer;
  const Clock& clock;
  const ExpiryTimes times;
  std::mutex mutex;
  net::TimerHandle timer;
  bool stopped = false;
};

Expiry::Expiry(net::IoContext& io, store::Committer& committer, const Clock& clock, ExpiryTimes times)
    : state_(std::make_shared<State>(io, committer, clock, times)) {}

Expiry::~Expiry() { stop(); }

void Expiry::start() { state_->arm(state_->times.first); }

void Expiry::stop() {
  const std::lock_guard lock(state_->mutex);
  state_->stopped = true;
  state_->timer.cancel();
}

}  // namespace jackfield::app
