// A channel's instance beside another of the same channel: made while the other works, then in its place, or retired.
#include "base/log.hpp"
#include "host/channel.hpp"

namespace jackfield::host {

void Channel::stage() {
  standing_ = Standing::staged;
  tried_ = true;  // the daemon has started; that this one has not yet makes it no less ready
  context_.post([this] {
    hold_start_ = one_try_ = true;
    try_create();
  });
}

std::optional<Result<void>> Channel::staged() const {
  std::lock_guard lock(mutex_);
  return staged_;
}

void Channel::settle(Result<void> step) {
  std::lock_guard lock(mutex_);
  staged_ = std::move(step);
}

void Channel::go_on() {
  {
    std::lock_guard lock(mutex_);
    staged_.reset();
  }
  context_.post([this] {
    hold_start_ = false;
    try_start();
  });
}

void Channel::take_over() {
  standing_ = Standing::current;
  tell_state();
  const auto step = staged();
  context_.post([this, failed = step && !*step && plugin_.error.empty()] {
    one_try_ = false;
    if (failed) try_again();
  });
}

void Channel::tell_state() {
  const auto capacity = [this] {
    std::lock_guard lock(mutex_);
    return capacity_.value_or(static_cast<std::uint32_t>(std::max(1, manifest().max_in_flight)));
  }();
  const auto shown = info();
  context_.ports.flow.capacity(context_.name, capacity);
  context_.ports.flow.channel_state(context_.name, shown.state, shown.detail);
}

void Channel::retire(Time deadline) {
  standing_ = Standing::retired;
  context_.post([this, deadline] {
    drains_ = true;
    again_.cancel();
    if (phase_ != Phase::started) return;
    phase_ = Phase::draining;
    context_.link->drain(deadline);
  });
}

void Channel::note_upgrade(std::string problem) {
  problem = log::masked(problem);
  std::lock_guard lock(mutex_);
  upgrade_problem_ = std::move(problem);
}

void Channel::add_counts_of(const ChannelInfo& before) {
  webhooks_ += before.webhooks;
  refused_ += before.webhooks_refused;
  delivered_ += before.delivered;
  breaks_ += before.contract_breaks;
  slow_ += before.slow_callbacks;
  crash_count_ += before.crashes;
}

}  // namespace jackfield::host
