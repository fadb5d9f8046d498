#include "flow/callback_slots.hpp"

#include <algorithm>

namespace jackfield::flow {
namespace {

constexpr std::size_t kMostSlots = 50'000;  // of a minute: more than a month

const Calendar* hours_of(const Environment& env, const std::string& queue) {
  const QueueSpec* spec = env.config.queue(queue);
  return spec ? env.calendar(spec->hours) : nullptr;
}

std::string days(Millis time) { return std::to_string(time / std::chrono::hours{24}) + " days"; }

Result<void> check(const CallbackSpec& terms, const CallbackWish& wish, Time now) {
  if (wish.until && *wish.until <= wish.from.value_or(now))
    return fail(Errc::invalid, "until: must be later than from");
  if (wish.until && *wish.until <= now) return fail(Errc::invalid, "until: is over");
  if (wish.from && !wish.until && *wish.from + terms.slot <= now) return fail(Errc::invalid, "from: is over");
  if (wish.from && *wish.from > now + terms.ahead)
    return fail(Errc::invalid, "from: is further ahead than " + days(terms.ahead));
  return {};
}

std::vector<FreeSlot> free_between(store::Unit& unit, const Environment& env, const std::string& queue, Time from,
                                   Time to, std::optional<Time> own) {
  const auto slots = slots_between(env, queue, from, to, kMostSlots);
  if (slots.empty()) return {};
  auto taken = unit.callback_times(queue, slots.front().from, slots.back().until);
  if (own)
    if (const auto at = std::find(taken.begin(), taken.end(), *own); at != taken.end()) taken.erase(at);
  return with_room(env, queue, slots, taken);
}

}  // namespace

const CallbackSpec& callback_terms(const Environment& env, const std::string& queue) {
  const QueueSpec* spec = env.config.queue(queue);
  return spec ? spec->callbacks : env.config.callbacks;
}

std::vector<CallbackSlot> slots_between(const Environment& env, const std::string& queue, Time from, Time to,
                                        std::size_t most) {
  std::vector<CallbackSlot> out;
  const Millis length = callback_terms(env, queue).slot;
  const auto steps = [&](Time begin, Time end) {
    Time at = begin;
    if (from > at) at += length * ((from - at) / length);
    for (; at < to && at + length <= end && out.size() < most; at += length) out.push_back({at, at + length});
  };
  if (const Calendar* hours = hours_of(env, queue)) {
    for (const auto& open : hours->open_between(from, to)) steps(open.from, open.to);
  } else {
    steps(Time{}, to + length);
  }
  return out;
}

std::vector<FreeSlot> with_room(const Environment& env, const std::string& queue,
                                const std::vector<CallbackSlot>& slots, const std::vector<Time>& taken) {
  std::vector<FreeSlot> out;
  const int room = callback_terms(env, queue).per_slot;
  auto at = taken.begin();
  for (const auto& slot : slots) {
    at = std::lower_bound(at, taken.end(), slot.from);
    const auto end = std::lower_bound(at, taken.end(), slot.until);
    if (end - at < room) out.push_back({slot, room - static_cast<int>(end - at)});
    at = end;
  }
  return out;
}

Result<CallbackSlot> choose_slot(store::Unit& unit, const Environment& env, const std::string& queue,
                                 const CallbackWish& wish, std::optional<Time> own, Time now) {
  const auto& terms = callback_terms(env, queue);
  if (const auto sane = check(terms, wish, now); !sane) return sane.error();
  const Time from = std::max(wish.from.value_or(now), now);
  const Time last = now + terms.ahead + terms.slot;
  const Time to = wish.until ? std::min(*wish.until, last) : wish.from ? *wish.from + terms.slot : last;
  const auto free = free_between(unit, env, queue, from, to, own);
  if (!free.empty()) {
    const CallbackSlot& slot = free.front().slot;
    return CallbackSlot{std::max(slot.from, from), wish.until.value_or(slot.until)};
  }
  const auto other = next_slots(unit, env, queue, now, 1);
  return fail(Errc::conflict,
              "nobody of queue \"" + queue + "\" can call then: it is closed, or every slot is taken" +
                  (other.empty() ? std::string() : "; the next free one is at " + to_rfc3339(other.front().from)));
}

std::optional<CallbackSlot> first_slot(store::Unit& unit, const Environment& env, const std::string& queue, Time from,
                                       std::optional<Time> own) {
  const auto free = free_between(unit, env, queue, from, from + callback_terms(env, queue).ahead, own);
  if (free.empty()) return std::nullopt;
  return CallbackSlot{std::max(free.front().slot.from, from), free.front().slot.until};
}

std::vector<CallbackSlot> next_slots(store::Unit& unit, const Environment& env, const std::string& queue, Time from,
                                     std::size_t most) {
  std::vector<CallbackSlot> out;
  const Time last = from + callback_terms(env, queue).ahead;
  for (const auto& free : free_between(unit, env, queue, from, last, std::nullopt)) {
    if (free.slot.from < from) continue;
    out.push_back(free.slot);
    if (out.size() == most) break;
  }
  return out;
}

std::string shown_time(const Environment& env, const std::string& queue, Time at) {
  if (const Calendar* hours = hours_of(env, queue)) return hours->shown(at);
  const std::string utc = to_rfc3339(at);
  return utc.substr(0, 10) + " " + utc.substr(11, 5) + " UTC";
}

}  // namespace jackfield::flow
