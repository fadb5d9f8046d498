#include "flow/agents.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "base/has.hpp"
#include "flow/assign.hpp"
#include "model/json.hpp"

namespace jackfield::flow {
namespace {

constexpr std::array kClasses{CapacityClass::message, CapacityClass::chat, CapacityClass::voice};

bool is_interrupted_by(const AssignmentSpec& assignment, const Agent& agent, CapacityClass next) {
  return std::all_of(kClasses.begin(), kClasses.end(), [&](CapacityClass busy) {
    return busy == next || of(agent.load, busy) == 0 ||
           assignment.may_interrupt[static_cast<std::size_t>(next)][static_cast<std::size_t>(busy)];
  });
}

// Those that it is there for now, sorted.
std::vector<std::string> queues_of(const Environment& env, const Agent& agent) {
  std::vector<std::string> out;
  if (!agent.enabled || agent.presence != Presence::online) return out;
  for (const auto& queue : env.config.queues)
    if (serves(agent, queue)) out.push_back(queue.name);
  std::sort(out.begin(), out.end());
  return out;
}

void set_presence_timer(store::Unit& unit, const Environment& env, const Agent& agent) {
  store::Timer timer;
  timer.id = env.ids.next();
  timer.kind = store::TimerKind::presence;
  timer.key = agent.name;
  timer.due_at = agent.presence_until;
  unit.add(std::move(timer));
}

void tell_presence(store::Unit& unit, const Agent& agent, Time now) {
  Event event{.type = EventType::agent_presence, .at = now, .source = "agents"};
  event.data = "{\"agent\":";
  append_string(event.data, agent.name);
  event.data += ",\"presence\":\"" + std::string(name_of(agent.presence)) + "\"}";
  unit.add(std::move(event));
}

// What the file says of it; its presence and what it holds stay.
void take_over(Agent& agent, const AgentSpec& spec) {
  agent.display = spec.display;
  agent.skills = spec.skills;
  agent.capacity = spec.capacity;
  agent.fixed = agent.enabled = true;
}

Agent& agent_named(store::Unit& unit, const std::string& name) {
  if (Agent* known = unit.agent(name)) return *known;
  Agent made;
  made.name = name;
  return unit.add(std::move(made));
}

void go(store::Unit& unit, const Environment& env, Agent& agent, Presence presence, Time now) {
  const bool changes = agent.presence != presence;
  if (changes) agent.presence_since = now;
  agent.presence = presence;
  agent.presence_until = presence == Presence::offline ? Time{} : now + env.config.assignment.presence;
  refresh(unit, env, agent);
  if (presence == Presence::offline) {
    if (auto* timer = unit.timer(store::TimerKind::presence, "", agent.name)) unit.remove(*timer);
  } else {
    set_presence_timer(unit, env, agent);
  }
  if (changes) tell_presence(unit, agent, now);
  if (presence != Presence::online)
    give_back_all(unit, env, agent, presence == Presence::away, agent.name + " is " + std::string(name_of(presence)),
                  now);
  else
    seek_work(unit, env, agent, now);
}

// Nobody speaks for it any more.
void remove_tokens(store::Unit& unit, const std::string& agent) {
  for (store::ApiToken* token : unit.api_tokens())
    if (token->agent == agent) unit.remove(*token);
}

}  // namespace

bool serves(const Agent& agent, const QueueSpec& queue) {
  return std::all_of(queue.skills.begin(), queue.skills.end(),
                     [&](const auto& skill) { return has(agent.skills, skill); });
}

bool has_room(const AssignmentSpec& assignment, const Agent& agent, CapacityClass c) {
  return of(agent.load, c) < of(agent.capacity, c) && is_interrupted_by(assignment, agent, c);
}

bool is_free(const Agent& agent, const std::string& queue, CapacityClass capacity_class) {
  return std::binary_search(agent.free.begin(), agent.free.end(), Agent::Free{queue, capacity_class});
}

void refresh(store::Unit& unit, const Environment& env, Agent& agent) {
  unit.serve(agent, queues_of(env, agent));
  agent.free.clear();
  for (const CapacityClass c : kClasses) {
    if (!has_room(env.config.assignment, agent, c)) continue;
    for (const auto& queue : agent.serves) agent.free.push_back({queue, c});
  }
  std::sort(agent.free.begin(), agent.free.end());
  unit.changed(agent);
}

void sync_agents(store::Unit& unit, const Environment& env) {
  const Time now = env.clock.now();
  std::unordered_set<std::string_view> named;
  for (const auto& spec : env.config.agents) {
    take_over(agent_named(unit, spec.name), spec);
    named.insert(spec.name);
  }
  for (Agent* agent : unit.agents()) {
    if (named.contains(agent->name) || !agent->fixed || !agent->enabled) {
      refresh(unit, env, *agent);
      continue;
    }
    agent->enabled = false;
    remove_tokens(unit, agent->name);
    go(unit, env, *agent, Presence::offline, now);
  }
  for (Agent* agent : unit.agents()) seek_work(unit, env, *agent, now);
}

Result<Agent*> put_agent(store::Unit& unit, const Environment& env, const std::string& name, const AgentPatch& patch) {
  const Agent* known = unit.agent(name);
  if (known && known->fixed && known->enabled)
    return fail(Errc::conflict, "agent \"" + name + "\" stands in the configuration file; change it there");
  Agent& agent = agent_named(unit, name);
  agent.fixed = false;
  agent.enabled = true;
  if (patch.display) agent.display = *patch.display;
  if (patch.skills) agent.skills = *patch.skills;
  if (patch.capacity) agent.capacity = *patch.capacity;
  refresh(unit, env, agent);
  seek_work(unit, env, agent, env.clock.now());
  return &agent;
}

Result<void> remove_agent(store::Unit& unit, const Environment& env, const std::string& name) {
  Agent* agent = unit.agent(name);
  if (!agent || !agent->enabled) return fail(Errc::not_found, "no agent is called \"" + name + "\"");
  if (agent->fixed)
    return fail(Errc::conflict, "agent \"" + name + "\" stands in the configuration file; take it out there");
  agent->enabled = false;
  remove_tokens(unit, name);
  go(unit, env, *agent, Presence::offline, env.clock.now());
  give_back_all(unit, env, *agent, false, name + " was removed", env.clock.now());
  return {};
}

Result<Agent*> set_presence(store::Unit& unit, const Environment& env, const std::string& name, Presence presence) {
  Agent* agent = unit.agent(name);
  if (!agent || !agent->enabled) return fail(Errc::not_found, "no agent is called \"" + name + "\"");
  go(unit, env, *agent, presence, env.clock.now());
  return agent;
}

void seen(store::Unit& unit, const Environment& env, const std::string& name) {
  Agent* agent = name.empty() ? nullptr : unit.agent(name);
  if (!agent || agent->presence == Presence::offline) return;
  const Time now = env.clock.now();
  // A write a half-time is enough.
  if (agent->presence_until - now > env.config.assignment.presence / 2) return;
  agent->presence_until = now + env.config.assignment.presence;
  unit.changed(*agent);
  set_presence_timer(unit, env, *agent);
}

}  // namespace jackfield::flow
