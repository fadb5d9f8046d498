// A connector's process that ended by itself: what was open on it, when it is started again, and when no more.
#include "base/log.hpp"
#include "host/channel.hpp"

namespace jackfield::host {

void Channel::instance_lost(std::string why) {
  process_ = 0;
  if (phase_ == Phase::stopped) return;
  ++crash_count_;
  why = log::masked(why);
  const bool draining = phase_ == Phase::draining;
  phase_ = Phase::absent;
  again_.cancel();
  forget_instance();
  const std::string told = "the connector's process " + why;
  answer_everything_open(told.c_str());
  tried_ = true;
  if (draining) return show_state(ChannelState::failed, told);
  if (standing_ == Standing::retired) return;
  if (one_try_) return settle(fail(Errc::unavailable, told));
  crashed(told);
}

void Channel::crashed(const std::string& why) {
  const auto now = std::chrono::steady_clock::now();
  crashes_.push_back(now);
  ++failures_;  // so that a start which says nothing is no failure any more
  while (now - crashes_.front() > context_.limits.crash_window) crashes_.pop_front();
  const auto count = std::to_string(crashes_.size());
  if (crashes_.size() >= context_.limits.most_crashes)
    return show_state(ChannelState::failed, "quarantined after " + count + " crashes: " + why +
                                                "; it stays down until POST /v1/channels/" + context_.name +
                                                "/restart");
  show_state(ChannelState::failed, why);
  const Millis wait = context_.limits.after_crash.after(static_cast<int>(crashes_.size()), context_.ports.random);
  log::info(context_.part, "starts it again in " + std::to_string(wait.count()) + " ms");
  again_ = context_.ports.io.after(wait, context_.strand, context_.while_alive([this] { try_create(); }));
}

Result<void> Channel::restart() {
  {
    std::lock_guard lock(mutex_);
    if (state_ != ChannelState::failed) return fail(Errc::conflict, "the channel is not failed");
  }
  if (!plugin_.error.empty()) return fail(Errc::conflict, "the connector " + plugin_.path + " " + plugin_.error);
  log::info(context_.part, "started again by hand");
  context_.post([this] {
    if (phase_ != Phase::absent && phase_ != Phase::created) return;
    again_.cancel();
    crashes_.clear();
    failures_ = 0;
    show_state(ChannelState::starting, "");
    phase_ == Phase::absent ? try_create() : try_start();
  });
  return {};
}

}  // namespace jackfield::host
