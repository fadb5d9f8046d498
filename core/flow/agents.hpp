// Agents: who there is, who is there, and what each could be given.
#pragma once

#include "flow/environment.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

// May the agent be given work of that queue? It has the queue's skills.
bool serves(const Agent& agent, const QueueSpec& queue);
// Could it be given another one of that class, by its capacity and what it is busy with?
bool has_room(const AssignmentSpec& assignment, const Agent& agent, CapacityClass capacity_class);
// Could it be given one of that queue and class now?
bool is_free(const Agent& agent, const std::string& queue, CapacityClass capacity_class);

// What the agent is free for, out of its presence, load and skills; says changed(). After every change of these.
void refresh(store::Unit& unit, const Environment& env, Agent& agent);

// Brings the stored agents in step with the configuration: at the start and after a reload. Those that the file names
// no more are disabled and give back what they held, unless they were made over the API.
void sync_agents(store::Unit& unit, const Environment& env);

struct AgentPatch {
  std::optional<std::string> display;
  std::optional<std::vector<std::string>> skills;
  std::optional<PerClass> capacity;
};
// Makes an agent, or changes one that was made over the API. Errc::conflict: it stands in the configuration file.
Result<Agent*> put_agent(store::Unit& unit, const Environment& env, const std::string& name, const AgentPatch& patch);
// Its tokens that were made over the API go with it.
Result<void> remove_agent(store::Unit& unit, const Environment& env, const std::string& name);

// Says it is there, away or gone. Being online must be said again within AssignmentSpec::presence. One who goes offline
// gives back what was offered to it and what waits for its answer.
Result<Agent*> set_presence(store::Unit& unit, const Environment& env, const std::string& name, Presence presence);
// A sign of life: what the agent did over the API.
void seen(store::Unit& unit, const Environment& env, const std::string& name);

}  // namespace jackfield::flow
