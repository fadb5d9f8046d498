#include "flow/assign.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/has.hpp"
#include "flow/agents.hpp"
#include "flow/conversation_timers.hpp"
#include "flow/figures.hpp"
#include "flow/gone_queues.hpp"
#include "flow/service_levels.hpp"
#include "model/json.hpp"

namespace jackfield::flow {
namespace {

namespace json = boost::json;
using store::TimerKind;

// How far down a queue an agent's work is looked for, past those that it declined.
constexpr std::size_t kHeads = 32;

// A place in the queue as if one had come so much earlier: priority goes first, and yet nobody waits for ever.
Millis advantage(Priority priority) {
  switch (priority) {
    case Priority::low: return -std::chrono::minutes{30};
    case Priority::normal: return Millis{0};
    case Priority::high: return std::chrono::minutes{30};
    case Priority::urgent: return std::chrono::hours{4};
  }
  return Millis{0};
}

std::int64_t order_of(const Conversation& c) {
  return std::max<std::int64_t>(1, to_ms(c.work.waiting_since - advantage(c.priority)));
}

Event event_of(EventType type, const Conversation& conversation, Time now, std::string data = {}) {
  return Event{.type = type,
               .at = now,
               .source = "assignment",
               .conversation = conversation.id,
               .contact = conversation.contact,
               .data = std::move(data)};
}

std::string told(std::string_view key, std::string_view value, std::string_view reason = {}) {
  std::string out = "{\"" + std::string(key) + "\":";
  append_string(out, value);
  if (!reason.empty()) {
    out += ",\"reason\":";
    append_string(out, reason);
  }
  return out + "}";
}

// Beside the record of why it is in its queue: why it is with that agent.
void record(store::Unit& unit, const Conversation& conversation, const Agent& agent, std::string_view because,
            Time now) {
  std::string text = unit.decision(conversation.id);
  boost::system::error_code bad;
  json::value decision = json::parse(text.empty() ? "{}" : text, bad);
  if (bad || !decision.is_object()) return;
  decision.get_object()["assignment"] = json::object{{"agent", agent.name},
                                                     {"at", to_rfc3339(now)},
                                                     {"because", because},
                                                     {"load", agent.load[0] + agent.load[1] + agent.load[2]}};
  unit.set_decision(conversation.id, json::serialize(decision));
}

// --- loads

void count(store::Unit& unit, const Environment& env, Agent& agent, CapacityClass c, int by) {
  int& load = of(agent.load, c);
  load = std::max(0, load + by);
  refresh(unit, env, agent);
}

// Whose load it is part of now. The agent who got free by that, or null.
Agent* move_load(store::Unit& unit, const Environment& env, Conversation& conversation, const std::string& holder) {
  Work& work = conversation.work;
  if (work.held_by == holder) return nullptr;
  Agent* freed = work.held_by.empty() ? nullptr : unit.agent(work.held_by);
  if (freed) count(unit, env, *freed, work.capacity_class, -1);
  if (Agent* taken = holder.empty() ? nullptr : unit.agent(holder)) count(unit, env, *taken, work.capacity_class, +1);
  work.held_by = holder;
  return freed;
}

std::string holder_of(store::Unit& unit, const Conversation& c) {
  if (c.state != ConversationState::open) return {};
  if (c.assignee.empty()) return c.work.offered_to;
  return unit.agent(c.assignee) ? c.assignee : std::string{};
}

// --- offers

void drop_offer(store::Unit& unit, Conversation& conversation) {
  if (conversation.work.offered_to.empty()) return;
  conversation.work.offered_to.clear();
  conversation.work.offer_until = Time{};
  drop_timer(unit, TimerKind::offer, conversation);
}

void offer(store::Unit& unit, const Environment& env, Conversation& conversation, Agent& agent,
           std::string_view because, Time now) {
  Work& work = conversation.work;
  work.offered_to = agent.name;
  work.offer_until = now + env.config.assignment.offer;
  work.order = 0;
  record(unit, conversation, agent, because, now);
  agent.idle_since = now;
  move_load(unit, env, conversation, agent.name);
  set_timer(unit, env, TimerKind::offer, conversation, work.offer_until);
  unit.add(event_of(EventType::conversation_offered, conversation, now,
                    "{\"agent\":\"" + agent.name + "\",\"until\":\"" + to_rfc3339(work.offer_until) + "\"}"));
}

// Who is asked next: the one who had it, else the least loaded who has not passed it by.
void seek_agent(store::Unit& unit, const Environment& env, Conversation& conversation, Time now) {
  const Work& work = conversation.work;
  const auto fits = [&](const Agent& agent) { return !has(work.passed_by, agent.name); };
  Agent* last = work.last_agent.empty() ? nullptr : unit.agent(work.last_agent);
  if (last && fits(*last) && is_free(*last, conversation.queue, work.capacity_class))
    return offer(unit, env, conversation, *last, "it was theirs before", now);
  const auto free = unit.free_agents(conversation.queue, work.capacity_class, work.passed_by.size() + 1);
  const auto next = std::find_if(free.begin(), free.end(), [&](const Agent* agent) { return fits(*agent); });
  if (next != free.end())
    return offer(unit, env, conversation, **next, "of those free for the queue, the least loaded who is idle longest",
                 now);
  // Who passed it by may be the only ones who ever come: they are asked once more, whoever is there then.
  if (!work.passed_by.empty() && !unit.timer(TimerKind::seek_again, "", to_string(conversation.id)))
    set_timer(unit, env, TimerKind::seek_again, conversation, now + env.config.assignment.offer);
}

// --- waiting

void watch_queue(store::Unit& unit, const Environment& env, const Conversation& conversation) {
  const QueueSpec* queue = env.config.queue(conversation.queue);
  if (!queue) return;
  const Time since = conversation.work.queued_at;
  if (!queue->overflow_to.empty()) {
    const bool absent_first =
        queue->overflow_when_absent.count() > 0 &&
        (queue->overflow_after.count() == 0 || queue->overflow_when_absent < queue->overflow_after);
    const Millis after = absent_first ? queue->overflow_when_absent : queue->overflow_after;
    set_timer(unit, env, TimerKind::overflow, conversation, since + after, absent_first ? "absent" : "");
  }
  if (!queue->escalation.empty())
    set_timer(unit, env, TimerKind::escalation, conversation, since + queue->escalation.front().after, "0");
}

void begin_to_wait(store::Unit& unit, const Environment& env, Conversation& conversation, Time now) {
  Work& work = conversation.work;
  work.waiting_since = now;
  if (work.queued_at == Time{}) work.queued_at = now;
  watch_queue(unit, env, conversation);
}

void end_waiting(store::Unit& unit, Conversation& conversation) {
  Work& work = conversation.work;
  work.waiting_since = Time{};
  work.order = 0;
  work.passed_by.clear();
  for (const auto kind : {TimerKind::overflow, TimerKind::escalation, TimerKind::seek_again})
    drop_timer(unit, kind, conversation);
}

// --- what an agent has

// The first that waits there and has not passed the agent by. As a rule it is the very first.
Conversation* first_for(store::Unit& unit, const Agent& agent, const Agent::Free& free) {
  for (const std::size_t most : {std::size_t{1}, kHeads}) {
    const auto waiting = unit.waiting(free.queue, free.capacity_class, most);
    const auto first = std::find_if(waiting.begin(), waiting.end(),
                                    [&](const Conversation* c) { return !has(c->work.passed_by, agent.name); });
    if (first != waiting.end()) return *first;
    if (waiting.size() < most) return nullptr;
  }
  return nullptr;
}

bool customer_waits(const Conversation& c) { return c.last_inbound_at > c.last_outbound_at; }

void watch_answer(store::Unit& unit, const Environment& env, const Conversation& conversation) {
  const Millis patience = env.config.assignment.unanswered;
  if (patience.count() == 0 || !customer_waits(conversation)) return;
  set_timer(unit, env, TimerKind::unanswered, conversation,
            std::max(conversation.work.assigned_at, conversation.last_inbound_at) + patience);
}

void remember_wait(store::Unit& unit, const Conversation& conversation, Time now) {
  if (conversation.work.waiting_since == Time{}) return;
  auto* history = unit.queue_history(conversation.queue);
  if (!history) history = &unit.add(store::QueueHistory{.queue = conversation.queue});
  const Millis wait = now - conversation.work.waiting_since;
  const Millis interval = history->taken == 0 ? wait : now - history->last_at;
  // Moving means over about the last twenty.
  const std::int64_t weight = std::min<std::int64_t>(history->taken + 1, 20);
  history->wait += (wait - history->wait) / weight;
  history->interval += (interval - history->interval) / weight;
  history->last_at = now;
  ++history->taken;
  unit.changed(*history);
}

// From the agent back into the queue, where others are asked first.
// agent by value: it may be the conversation's own.
void give_back(store::Unit& unit, const Environment& env, Conversation& conversation, std::string agent,
               const std::string& reason, Time now) {
  conversation.work.changed = true;
  drop_offer(unit, conversation);
  // Being with somebody who did not answer was no end of the customer's wait.
  const Time since = customer_waits(conversation) ? conversation.last_inbound_at : now;
  if (conversation.assignee == agent) {
    conversation.assignee.clear();
    std::string data = told("given_back_by", agent, reason);
    data.insert(data.size() - 1, ",\"waits_since\":\"" + to_rfc3339(since) + "\"");
    unit.add(event_of(EventType::conversation_updated, conversation, now, std::move(data)));
  }
  if (conversation.work.waiting_since == Time{}) {
    begin_to_wait(unit, env, conversation, now);
    conversation.work.waiting_since = since;
  }
  if (!has(conversation.work.passed_by, agent)) conversation.work.passed_by.push_back(agent);
  settle(unit, env, conversation, now);
}

// --- what timers do

void overflow(store::Unit& unit, const Environment& env, Conversation& conversation, const store::Timer& timer,
              Time now) {
  const QueueSpec* queue = env.config.queue(conversation.queue);
  const bool asked_absent = timer.payload == "absent";
  drop_timer(unit, TimerKind::overflow, conversation);
  if (!queue || queue->overflow_to.empty() || conversation.work.waiting_since == Time{}) return;
  if (asked_absent && unit.count_agents(queue->name) > 0) {
    if (queue->overflow_after.count() > 0)
      set_timer(unit, env, TimerKind::overflow, conversation, conversation.work.queued_at + queue->overflow_after);
    return;
  }
  const std::string reason =
      asked_absent ? "nobody is there in queue " + queue->name : "it has waited too long in queue " + queue->name;
  drop_offer(unit, conversation);
  enter_queue(unit, env, conversation, queue->overflow_to, now);
  unit.add(event_of(EventType::conversation_updated, conversation, now, told("queue", conversation.queue, reason)));
  settle(unit, env, conversation, now);
}

void escalate(store::Unit& unit, const Environment& env, Conversation& conversation, const store::Timer& timer,
              Time now) {
  const QueueSpec* queue = env.config.queue(conversation.queue);
  const auto step = static_cast<std::size_t>(std::strtoul(timer.payload.c_str(), nullptr, 10));
  drop_timer(unit, TimerKind::escalation, conversation);
  if (!queue || step >= queue->escalation.size() || conversation.work.waiting_since == Time{}) return;
  const auto& what = queue->escalation[step];
  if (what.priority) conversation.priority = std::max(conversation.priority, *what.priority);
  for (const auto& tag : what.tags)
    if (!has(conversation.tags, tag)) conversation.tags.push_back(tag);
  if (step + 1 < queue->escalation.size())
    set_timer(unit, env, TimerKind::escalation, conversation,
              conversation.work.queued_at + queue->escalation[step + 1].after, std::to_string(step + 1));
  unit.add(event_of(EventType::conversation_updated, conversation, now,
                    told("reason", "escalated: it waits in queue " + queue->name)));
  settle(unit, env, conversation, now);
}

void unanswered(store::Unit& unit, const Environment& env, Conversation& conversation, Time now) {
  drop_timer(unit, TimerKind::unanswered, conversation);
  const Millis patience = env.config.assignment.unanswered;
  if (patience.count() == 0 || conversation.assignee.empty() || conversation.state != ConversationState::open) return;
  if (!customer_waits(conversation)) return;
  const Time due = std::max(conversation.work.assigned_at, conversation.last_inbound_at) + patience;
  if (due > now) return set_timer(unit, env, TimerKind::unanswered, conversation, due);
  give_back(unit, env, conversation, conversation.assignee, "it was not answered", now);
}

void presence_over(store::Unit& unit, const Environment& env, store::Timer& timer, Time now) {
  Agent* agent = unit.agent(timer.key);
  const bool there = agent && agent->presence != Presence::offline;
  if (there && agent->presence_until > now) {
    timer.due_at = agent->presence_until;
    return unit.changed(timer);
  }
  unit.remove(timer);
  if (there) set_presence(unit, env, agent->name, Presence::offline);
}

}  // namespace

void enter_queue(store::Unit& unit, const Environment& env, Conversation& conversation, const std::string& queue,
                 Time now) {
  Work& work = conversation.work;
  work.changed = true;
  const std::string from = std::exchange(conversation.queue, queue);
  if (work.opened_at != Time{} && from != queue) count_transferred(unit, env, conversation, from, now);
  work.queued_at = now;
  work.passed_by.clear();
  if (work.waiting_since != Time{}) {  // it goes on waiting, with its age
    for (const auto kind : {TimerKind::overflow, TimerKind::escalation, TimerKind::seek_again})
      drop_timer(unit, kind, conversation);
    watch_queue(unit, env, conversation);
  }
  set_clocks(unit, env, conversation, now);
}

void set_capacity_class(store::Unit& unit, const Environment& env, Conversation& conversation, CapacityClass to) {
  Work& work = conversation.work;
  if (work.capacity_class == to) return;
  if (Agent* holder = work.held_by.empty() ? nullptr : unit.agent(work.held_by)) {
    count(unit, env, *holder, work.capacity_class, -1);
    count(unit, env, *holder, to, +1);
  }
  work.capacity_class = to;
  work.changed = true;
}

void settle(store::Unit& unit, const Environment& env, Conversation& conversation, Time now) {
  Work& work = conversation.work;
  const Work before = work;
  const bool open = conversation.state == ConversationState::open;
  if (!open || !conversation.assignee.empty()) drop_offer(unit, conversation);
  const bool clock_stands = open && work.clock_start == Time{} && !conversation.queue.empty();
  if (clock_stands || (conversation.state == ConversationState::closed && work.opened_at != Time{}))
    set_clocks(unit, env, conversation, now);
  const bool has_agent = open && !conversation.assignee.empty();
  if (has_agent && work.last_agent != conversation.assignee) work.assigned_at = Time{};
  if (has_agent && work.assigned_at == Time{}) work.assigned_at = now;
  if (!has_agent) work.assigned_at = Time{};
  if (has_agent) work.last_agent = conversation.assignee;
  Agent* freed = move_load(unit, env, conversation, holder_of(unit, conversation));

  const bool waits =
      open && conversation.assignee.empty() && !conversation.queue.empty() && conversation.last_inbound_at != Time{};
  if (waits && work.waiting_since == Time{}) begin_to_wait(unit, env, conversation, now);
  if (!waits && work.waiting_since != Time{}) {
    if (has_agent) count_taken(unit, env, conversation, now);
    end_waiting(unit, conversation);
  }
  if (waits) leave_gone_queue(unit, env, conversation, now);
  if (waits && work.offered_to.empty()) {
    work.order = order_of(conversation);
    seek_agent(unit, env, conversation, now);
  }
  if (has_agent && holder_of(unit, conversation) == conversation.assignee) watch_answer(unit, env, conversation);
  // Every message comes by here, and few move anything: what stays is not written again.
  if (work != before) work.changed = true;
  unit.changed(conversation);
  if (freed) seek_work(unit, env, *freed, now);
}

void give_back_if_absent(store::Unit& unit, const Environment&, Conversation& conversation, Time now) {
  const Agent* agent = conversation.assignee.empty() ? nullptr : unit.agent(conversation.assignee);
  if (!agent || agent->presence != Presence::offline) return;
  unit.add(event_of(EventType::conversation_updated, conversation, now,
                    told("given_back_by", agent->name, "the customer writes and " + agent->name + " is not there")));
  conversation.assignee.clear();
}

Result<Conversation*> accept(store::Unit& unit, const Environment& env, Id id, const std::string& agent) {
  Conversation* conversation = unit.conversation(id);
  if (!conversation) return fail(Errc::not_found, "no such conversation");
  if (conversation->assignee == agent) return conversation;
  if (!conversation->assignee.empty()) return fail(Errc::conflict, conversation->assignee + " has it");
  if (conversation->state != ConversationState::open)
    return fail(Errc::conflict, "it is " + std::string(name_of(conversation->state)) + ", not open");
  const auto& offered_to = conversation->work.offered_to;
  if (!offered_to.empty() && offered_to != agent) return fail(Errc::conflict, "it is offered to " + offered_to);
  const Time now = env.clock.now();
  remember_wait(unit, *conversation, now);
  conversation->assignee = agent;
  unit.add(event_of(EventType::conversation_assigned, *conversation, now, told("agent", agent)));
  seen(unit, env, agent);
  settle(unit, env, *conversation, now);
  return conversation;
}

Result<Conversation*> decline(store::Unit& unit, const Environment& env, Id id, const std::string& agent) {
  Conversation* conversation = unit.conversation(id);
  if (!conversation) return fail(Errc::not_found, "no such conversation");
  if (conversation->work.offered_to != agent) return fail(Errc::conflict, "it is not offered to " + agent);
  seen(unit, env, agent);
  give_back(unit, env, *conversation, agent, "declined", env.clock.now());
  return conversation;
}

Result<Conversation*> release(store::Unit& unit, const Environment& env, Id id, const std::string& agent) {
  Conversation* conversation = unit.conversation(id);
  if (!conversation) return fail(Errc::not_found, "no such conversation");
  if (conversation->assignee != agent) return fail(Errc::conflict, agent + " does not have it");
  seen(unit, env, agent);
  if (conversation->state != ConversationState::open) {
    conversation->assignee.clear();
    unit.add(event_of(EventType::conversation_updated, *conversation, env.clock.now(),
                      told("given_back_by", agent, "released")));
    unit.changed(*conversation);
    return conversation;
  }
  give_back(unit, env, *conversation, agent, "released", env.clock.now());
  return conversation;
}

void give_back_all(store::Unit& unit, const Environment& env, Agent& agent, bool only_offers, const std::string& reason,
                   Time now) {
  for (Conversation* conversation : unit.held_by(agent.name)) {
    const bool offered = conversation->work.offered_to == agent.name;
    // Where we spoke last nothing waits: it stays theirs, and comes back when the customer writes.
    if (offered || (!only_offers && customer_waits(*conversation)))
      give_back(unit, env, *conversation, agent.name, reason, now);
  }
}

void seek_work(store::Unit& unit, const Environment& env, Agent& agent, Time now) {
  while (!agent.free.empty()) {
    Conversation* next = nullptr;
    for (const auto& free : agent.free) {
      Conversation* first = first_for(unit, agent, free);
      if (first && (!next || std::pair(first->work.order, first->id) < std::pair(next->work.order, next->id)))
        next = first;
    }
    if (!next) return;
    next->work.changed = true;
    offer(unit, env, *next, agent, "of those who wait in the agent's queues, the first", now);
    unit.changed(*next);
  }
}

bool run_duty(store::Unit& unit, const Environment& env, store::Timer& timer, Time now) {
  if (timer.kind == TimerKind::presence) return presence_over(unit, env, timer, now), true;
  if (timer.kind < TimerKind::offer || timer.kind > TimerKind::unanswered) return false;
  Conversation* conversation = unit.conversation(timer.message);
  if (!conversation) return unit.remove(timer), true;
  const store::Timer fired = timer;
  switch (fired.kind) {
    case TimerKind::offer: {
      const std::string agent = conversation->work.offered_to;
      unit.remove(timer);
      if (!agent.empty()) give_back(unit, env, *conversation, agent, "the offer was not answered", now);
      break;
    }
    case TimerKind::seek_again:
      unit.remove(timer);
      conversation->work.passed_by.clear();
      conversation->work.changed = true;
      settle(unit, env, *conversation, now);
      break;
    case TimerKind::overflow: overflow(unit, env, *conversation, fired, now); break;
    case TimerKind::escalation: escalate(unit, env, *conversation, fired, now); break;
    case TimerKind::unanswered: unanswered(unit, env, *conversation, now); break;
    default:
      if (clock_rang(unit, env, *conversation, fired, now)) settle(unit, env, *conversation, now);
      break;
  }
  return true;
}

std::optional<Millis> expected_wait(const store::QueueHistory& history, std::int64_t waiting,
                                    std::int64_t agents_online) {
  if (agents_online == 0 || history.taken == 0) return std::nullopt;
  if (waiting == 0) return std::min(history.wait, history.interval);
  return history.interval * (waiting + 1);
}

}  // namespace jackfield::flow
