// How a channel's instance comes, fails, comes back and goes.
#include "base/log.hpp"
#include "host/channel.hpp"

namespace jackfield::host {

void Channel::begin() {
  context_.post([this] { try_create(); });
}

void Channel::try_create() {
  if (phase_ != Phase::absent) return;
  // A file that the scan refused is not let into this process; only a person can change that.
  if (!plugin_.error.empty()) {
    show_state(ChannelState::failed, plugin_.path + " " + plugin_.error);
    tried_ = true;
    return settle(fail(Errc::unavailable, plugin_.path + " " + plugin_.error));
  }
  context_.link->create({context_.name, settings_},
                        context_.while_alive([this](Result<void> result) { created(std::move(result)); }));
}

void Channel::created(Result<void> result) {
  if (phase_ != Phase::absent) return;
  if (!result) {
    forget_instance();
    return failed("create: " + result.error().message);
  }
  phase_ = Phase::created;
  accepting_ = true;
  if (hold_start_) return settle({});
  try_start();
}

void Channel::forget_instance() {
  ops_.forget_all();
  http_->forget_all();
  timers_.end_instance();
  streams_.close_all();
}

void Channel::try_start() {
  if (phase_ != Phase::created) return;
  said_before_start_ = states_said();
  context_.link->start(context_.while_alive([this](Result<void> result) { started(std::move(result)); }));
}

void Channel::started(Result<void> result) {
  if (phase_ != Phase::created) return;
  if (!result) return failed("start: " + result.error().message);
  phase_ = Phase::started;
  tried_ = true;
  settle({});
  // What failed before is over; what it is now, the connector says.
  if (failures_ > 0 && states_said() == said_before_start_) show_state(ChannelState::starting, "");
}

void Channel::failed(const std::string& why) {
  show_state(ChannelState::failed, why);
  tried_ = true;
  if (one_try_) return settle(fail(Errc::unavailable, why));
  try_again();
}

void Channel::try_again() {
  if (standing_ == Standing::retired) return;
  const Millis wait = context_.limits.again.after(++failures_, context_.ports.random);
  log::info(context_.part, "tries again in " + std::to_string(wait.count()) + " ms");
  again_ = context_.ports.io.after(wait, context_.strand, context_.while_alive([this] {
    if (phase_ == Phase::absent) return try_create();
    try_start();
  }));
}

// Posted by set_state(FAILED). While start runs its own result decides.
void Channel::connector_failed() {
  if (phase_ != Phase::started) return;
  {
    std::lock_guard lock(mutex_);
    if (state_ != ChannelState::failed) return;  // it is better already
  }
  phase_ = Phase::created;
  answer_everything_open("the connector failed");
  try_again();
}

std::uint64_t Channel::states_said() const {
  std::lock_guard lock(mutex_);
  return states_said_;
}

void Channel::set_state(ChannelState state, std::string detail) {
  {
    std::lock_guard lock(mutex_);
    ++states_said_;
  }
  show_state(state, std::move(detail));
  if (state == ChannelState::failed) context_.post([this] { connector_failed(); });
  if (state == ChannelState::ready) context_.post([this] { failures_ = 0; });
}

void Channel::show_state(ChannelState state, std::string detail) {
  detail = log::masked(detail);
  {
    std::lock_guard lock(mutex_);
    if (state == state_ && detail == detail_) return;
    if (state != state_) state_since_ = context_.ports.clock.now();
    state_ = state;
    detail_ = detail;
    if (state == ChannelState::failed || state == ChannelState::degraded) {
      last_error_ = detail;
      last_error_at_ = context_.ports.clock.now();
    }
  }
  if (standing_ != Standing::current) return;
  const auto level = state == ChannelState::failed     ? log::Level::error
                     : state == ChannelState::degraded ? log::Level::warn
                                                       : log::Level::info;
  log::write(level, context_.part,
             plugin_.manifest.id + " is " + std::string(name_of(state)) + (detail.empty() ? "" : ": " + detail));
  context_.ports.flow.channel_state(context_.name, state, std::move(detail));
}

void Channel::drain(Time deadline) {
  accepting_ = false;
  context_.post([this, deadline] {
    if (phase_ != Phase::started) return;
    phase_ = Phase::draining;
    context_.link->drain(deadline);
  });
}

bool Channel::idle() const {
  if (standing_ == Standing::retired && !drains_) return false;
  return sends_.size() == 0 && fetches_.size() == 0 && replies_.size() == 0 && open_deliveries_ == 0;
}

void Channel::finish() {
  accepting_ = false;
  context_.post([this] {
    if (phase_ == Phase::stopped) return;
    phase_ = Phase::stopped;
    again_.cancel();
    context_.link->stop(context_.while_alive([this] { instance_ended(); }));
  });
}

void Channel::instance_ended() {
  answer_everything_open("the channel was stopped");
  timers_.end_instance();
  streams_.shut();
  finished_ = true;
}

void Channel::answer_everything_open(const char* why) {
  for (const auto token : sends_.close_all("was given up when the channel failed or stopped"))
    end_send(token, Outcome::unknown, why);
  for (const auto token : fetches_.close_all("was given up when the channel failed or stopped"))
    end_fetch(token, Outcome::retry, Millis{5000}, why);
  // Webhooks work while a connector waits for its next start; only the end of the instance ends them.
  if (phase_ == Phase::stopped || phase_ == Phase::absent) replies_.give_up_all(why);
}

}  // namespace jackfield::host
