#include "flow/availability.hpp"

#include <algorithm>

#include "flow/agents.hpp"
#include "flow/assign.hpp"
#include "flow/queue_now.hpp"
#include "flow/reach.hpp"

namespace jackfield::flow {
namespace {

constexpr std::array<std::string_view, 5> kNames{"open", "busy", "unstaffed", "closed", "down"};
constexpr std::array kClasses{CapacityClass::message, CapacityClass::chat, CapacityClass::voice};

using Standings = std::map<std::string, QueueStanding>;

Standings standings_of(const std::vector<store::QueueFigures>& figures, const Environment& env,
                       const std::vector<Agent>& online, Time now) {
  Standings out;
  for (const auto& queue : env.config.queues) {
    const auto at = std::find_if(figures.begin(), figures.end(), [&](const auto& f) { return f.queue == queue.name; });
    const store::QueueFigures none{.queue = queue.name};
    out.emplace(queue.name, standing_of(at == figures.end() ? none : *at, &queue, env, online, now));
  }
  return out;
}

// What a queue has to offer to those who come into it.
struct Offer {
  ChannelStanding standing = ChannelStanding::closed;
  std::optional<Millis> wait;
  Time opens_at{}, closes_at{};
};

Offer offer_of(const QueueStanding& queue, CapacityClass capacity_class) {
  if (!queue.open) return {ChannelStanding::closed, {}, queue.opens_at, {}};
  if (queue.agents_online == 0) return {ChannelStanding::unstaffed, {}, {}, queue.closes_at};
  const bool free = queue.has_room[static_cast<std::size_t>(capacity_class)];
  return {free ? ChannelStanding::open : ChannelStanding::busy, queue.expected_wait, {}, queue.closes_at};
}

// Where nobody answers, what waits goes over to the next queue after some time.
Offer offer_of(const std::string& name, const Environment& env, const Standings& standings, CapacityClass c) {
  const Offer own = offer_of(standings.at(name), c);
  Millis before{0};
  const QueueSpec* queue = env.config.queue(name);
  for (std::size_t i = 0; i < env.config.queues.size() && queue && !queue->overflow_to.empty(); ++i) {
    if (offer_of(standings.at(queue->name), c).standing <= ChannelStanding::busy) break;
    before += queue->overflow_when_absent.count() > 0 ? queue->overflow_when_absent : queue->overflow_after;
    queue = env.config.queue(queue->overflow_to);
    if (!queue) break;
    Offer there = offer_of(standings.at(queue->name), c);
    if (there.standing > ChannelStanding::busy) continue;
    if (there.wait) *there.wait += before;
    return there;
  }
  return own;
}

Time earliest(Time a, Time b) { return a == Time{} ? b : b == Time{} ? a : std::min(a, b); }

// The best of them speak for all.
void take_best(Availability& out, const std::vector<Offer>& offers) {
  const auto best = std::min_element(offers.begin(), offers.end(),
                                     [](const Offer& a, const Offer& b) { return a.standing < b.standing; });
  out.standing = best->standing;
  out.expected_wait = best->wait;
  out.closes_at = best->closes_at;
  for (const Offer& offer : offers) {
    if (offer.standing != out.standing) continue;
    out.opens_at = earliest(out.opens_at, offer.opens_at);
    out.closes_at =
        offer.closes_at == Time{} || out.closes_at == Time{} ? Time{} : std::max(out.closes_at, offer.closes_at);
    if (!offer.wait)
      out.expected_wait.reset();  // nobody is promised what is not known
    else if (out.expected_wait)
      out.expected_wait = std::max(*out.expected_wait, *offer.wait);
  }
}

ChannelFacts facts_of(const Channel& channel, const Environment& env, const Standings& standings, Time now) {
  const auto queue_now = [&standings](const std::string& name) {
    const auto at = standings.find(name);
    if (at == standings.end()) return QueueNow{};
    return QueueNow{at->second.waiting, at->second.agents_online, at->second.expected_wait};
  };
  return {channel.policy.name, channel.policy.plugin, &channel.manifest.visibility,
          [&env, now](const std::string& calendar) { return is_open(env, calendar, now); }, queue_now};
}

Availability availability_of(const ChannelNow& asked, const Environment& env, const Standings& standings, Time now) {
  Availability out{.channel = asked.name};
  const Channel* channel = env.channel(asked.name);
  if (!channel) return out;
  out.queues = reachable_queues(env.config, facts_of(*channel, env, standings, now));
  if (!asked.works || out.queues.empty()) return out;
  CapacityClass capacity_class = CapacityClass::message;
  parse(channel->manifest.capacity_class, capacity_class);
  std::vector<Offer> offers;
  for (const auto& queue : out.queues) offers.push_back(offer_of(queue, env, standings, capacity_class));
  take_best(out, offers);
  return out;
}

// Those of which it is not known come last.
bool is_quicker(const Availability* a, const Availability* b) {
  return a->expected_wait.value_or(Millis::max()) < b->expected_wait.value_or(Millis::max());
}

void name_alternatives(std::vector<Availability>& all) {
  std::vector<const Availability*> answered;
  for (const auto& one : all)
    if (one.answered_now()) answered.push_back(&one);
  std::stable_sort(answered.begin(), answered.end(), is_quicker);
  for (auto& one : all)
    for (const auto* other : answered)
      if (other != &one) one.alternatives.push_back(other->channel);
}

}  // namespace

std::string_view name_of(ChannelStanding standing) { return kNames[static_cast<std::size_t>(standing)]; }

QueueStanding standing_of(const store::QueueFigures& figures, const QueueSpec* queue, const Environment& env,
                          const std::vector<Agent>& online, Time now) {
  QueueStanding out{.waiting = figures.waiting};
  for (const Agent& agent : online) {
    if (!queue || !serves(agent, *queue)) continue;
    ++out.agents_online;
    for (const CapacityClass c : kClasses)
      if (has_room(env.config.assignment, agent, c)) out.has_room[static_cast<std::size_t>(c)] = true;
  }
  out.expected_wait = expected_wait(figures.history, figures.waiting, out.agents_online);
  const Calendar* hours = queue ? env.calendar(queue->hours) : nullptr;
  if (!hours) return out;
  out.open = hours->is_open(now);
  if (out.open)
    out.closes_at = hours->next_close(now).value_or(Time{});
  else
    out.opens_at = hours->next_open(now).value_or(Time{});
  return out;
}

Result<std::vector<Availability>> availability(store::Reader& reader, const Environment& env,
                                               const std::vector<ChannelNow>& channels) {
  const auto figures = reader.queues();
  if (!figures) return figures.error();
  const auto online = reader.agents_online();
  if (!online) return online.error();
  const Time now = env.clock.now();
  const Standings standings = standings_of(*figures, env, *online, now);
  std::vector<Availability> out;
  for (const auto& channel : channels) out.push_back(availability_of(channel, env, standings, now));
  name_alternatives(out);
  return out;
}

}  // namespace jackfield::flow
