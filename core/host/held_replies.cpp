#include "host/held_replies.hpp"

namespace jackfield::host {
namespace {

constexpr std::size_t kMostOpen = 512;

bool success(const WebhookReply& reply) { return reply.status >= 200 && reply.status < 300; }

}  // namespace

WebhookReply unavailable_reply(std::string_view why) {
  WebhookReply reply;
  reply.status = 503;
  reply.content_type = "text/plain; charset=utf-8";
  reply.body = std::string(why) + "\n";
  reply.retry_after = true;
  return reply;
}

std::uint64_t HeldReplies::open(Reply& reply) {
  std::lock_guard lock(mutex_);
  if (held_.size() >= kMostOpen) return 0;
  const auto request = next_++;
  held_[request].reply = std::move(reply);
  ended_.open(request);
  return request;
}

void HeldReplies::set_timer(std::uint64_t request, net::TimerHandle timer) {
  {
    std::lock_guard lock(mutex_);
    const auto at = held_.find(request);
    if (at != held_.end()) std::swap(at->second.timer, timer);
  }
  timer.cancel();
}

bool HeldReplies::hold(std::uint64_t request) {
  std::lock_guard lock(mutex_);
  const auto at = held_.find(request);
  if (at == held_.end()) return false;
  ++at->second.pending;
  return true;
}

void HeldReplies::settle(std::uint64_t request, bool durable) {
  Held done;
  {
    std::lock_guard lock(mutex_);
    const auto at = held_.find(request);
    if (at == held_.end()) return;
    --at->second.pending;
    if (!durable) at->second.spoilt = true;
    if (!complete(at->second)) return;
    done = std::move(at->second);
    held_.erase(at);
  }
  finish(std::move(done), request, "was answered before");
}

void HeldReplies::spoil(std::uint64_t request) {
  std::lock_guard lock(mutex_);
  const auto at = held_.find(request);
  if (at != held_.end()) at->second.spoilt = true;
}

Status HeldReplies::answer(std::uint64_t request, WebhookReply reply) {
  Held done;
  {
    std::lock_guard lock(mutex_);
    const auto at = held_.find(request);
    if (at == held_.end() || at->second.answer) return Status::state;
    at->second.answer = std::move(reply);
    if (!complete(at->second)) return Status::ok;
    done = std::move(at->second);
    held_.erase(at);
  }
  finish(std::move(done), request, "was answered before");
  return Status::ok;
}

std::optional<bool> HeldReplies::give_up(std::uint64_t request, const char* why) {
  Held done;
  {
    std::lock_guard lock(mutex_);
    const auto at = held_.find(request);
    if (at == held_.end()) return std::nullopt;
    done = std::move(at->second);
    held_.erase(at);
  }
  const bool answered = done.answer.has_value();
  done.answer = unavailable_reply(why);
  ++refused_;
  finish(std::move(done), request, "was given up by the host");
  return answered;
}

void HeldReplies::give_up_all(const char* why) {
  Map all;
  {
    std::lock_guard lock(mutex_);
    all.swap(held_);
  }
  for (auto& [request, held] : all) {
    held.answer = unavailable_reply(why);
    ++refused_;
    finish(std::move(held), request, "was given up by the host");
  }
}

std::string HeldReplies::how_ended(std::uint64_t request) const {
  // One that is answered may still wait for its deliveries.
  return ended_.is_open(request) ? "was answered before" : ended_.how_ended(request);
}

std::size_t HeldReplies::size() const {
  std::lock_guard lock(mutex_);
  return held_.size();
}

// An answer that is no success promises nothing, so it need not wait for what is pending.
bool HeldReplies::complete(const Held& held) const {
  return held.answer && (held.pending == 0 || held.spoilt || !success(*held.answer));
}

void HeldReplies::finish(Held held, std::uint64_t request, const char* how) {
  held.timer.cancel();
  ended_.close(request, how);
  if (held.spoilt && success(*held.answer)) {
    held.answer = unavailable_reply("what it brought could not be stored");
    ++refused_;
  }
  held.reply(std::move(*held.answer));
}

}  // namespace jackfield::host
