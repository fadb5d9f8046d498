#include "flow/outcome.hpp"

#include <algorithm>

#include "base/backoff.hpp"
#include "flow/track.hpp"

namespace jackfield::flow {
namespace {

constexpr Backoff kSendBackoff{Millis{1000}, std::chrono::minutes{15}, 2.0};
constexpr Millis kBusyWait{1000};

SendError error_of(const host::SendResult& result, Time now) {
  return SendError{result.error_class.empty() ? "internal" : result.error_class, result.code, result.detail, now};
}

// A receipt came before the outcome: at least a part of it went.
bool proven(const Message& message) { return message.status > Status::unknown && message.status != Status::failed; }
bool split(const Message& message) { return message.content.parts.size() > 1; }

// Back to waiting; its followers wait with it, until the deadline.
Time wait_again(store::Unit& unit, const Environment& env, store::OutboxEntry& entry, Millis retry_after, bool busy) {
  const Time now = env.clock.now();
  if (busy && entry.attempts > 0) --entry.attempts;  // nothing was tried
  const Millis backoff = busy ? kBusyWait : kSendBackoff.after(entry.attempts, env.random);
  entry.state = store::OutboxState::waiting;
  entry.next_at = std::min(now + std::max(backoff, retry_after), std::max(entry.deadline, now));
  unit.changed(entry);
  return entry.next_at;
}

}  // namespace

void mark_unknown(store::Unit& unit, const Environment& env, store::OutboxEntry& entry, const SendError& error) {
  const Channel* channel = env.channel(entry.channel);
  Message* message = unit.message(entry.message);
  if (message && proven(*message)) {
    const std::string source = entry.channel;
    unit.remove(entry);
    if (split(*message))
      fail_message(unit, env, *message,
                   SendError{error.error_class, error.code, "a part of it may be missing: " + error.detail, error.at},
                   source);
    else
      note_error(unit, env, *message, error);
    return;
  }
  if (channel && (channel->policy.resend_unknown || channel->manifest.idempotent_sends)) {
    if (message) note_error(unit, env, *message, error);
    wait_again(unit, env, entry, Millis{0}, false);
    return;
  }
  entry.state = store::OutboxState::held;
  unit.changed(entry);
  if (message) advance(unit, env, *message, Status::unknown, env.clock.now(), &error, entry.channel);
}

void expire(store::Unit& unit, const Environment& env, store::OutboxEntry& entry) {
  Message* message = unit.message(entry.message);
  const SendError error{"unavailable", "",
                        "it could not be sent before its deadline, after " + std::to_string(entry.attempts) + " tries" +
                            (env.channel(entry.channel) ? "" : "; its channel is not configured any more"),
                        env.clock.now()};
  const std::string channel = entry.channel;
  unit.remove(entry);
  if (message) fail_message(unit, env, *message, error, channel);
}

Time apply_outcome(store::Unit& unit, const Environment& env, Id id, const host::SendResult& result) {
  store::OutboxEntry* entry = unit.outbox(id);
  Message* message = unit.message(id);
  if (!entry || !message || entry->state != store::OutboxState::in_flight) return Time{};
  const Time now = env.clock.now();
  const SendError error = error_of(result, now);
  switch (result.outcome) {
    case host::Outcome::accepted:
      unit.remove(*entry);
      advance(unit, env, *message, Status::accepted, now, nullptr, message->channel);
      bind_ids(unit, env, *message, result.provider_ids);
      return Time{};
    case host::Outcome::retry:
    case host::Outcome::cancelled:
      if (!result.busy) note_error(unit, env, *message, error);
      if (proven(*message) && !split(*message)) return unit.remove(*entry), Time{};  // it went, whatever the answer was
      return wait_again(unit, env, *entry, result.retry_after, result.busy);
    case host::Outcome::rejected:
      unit.remove(*entry);
      bind_ids(unit, env, *message, result.provider_ids);
      fail_message(unit, env, *message, error, message->channel);
      return Time{};
    case host::Outcome::unknown:
      mark_unknown(unit, env, *entry, error);
      // Not bound before: a parked receipt may settle what was just marked.
      bind_ids(unit, env, *message, result.provider_ids);
      return entry->state == store::OutboxState::waiting ? entry->next_at : Time{};
  }
  return Time{};
}

}  // namespace jackfield::flow
