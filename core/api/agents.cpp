// Agents: who there is, who is there, and what they take, refuse and give back.
#include "flow/agents.hpp"

#include <algorithm>

#include "api/context.hpp"
#include "api/json_object.hpp"
#include "api/request_body.hpp"
#include "flow/assign.hpp"

namespace jackfield::api {
namespace {

constexpr std::array kClasses{CapacityClass::message, CapacityClass::chat, CapacityClass::voice};

void counts(std::string& out, const PerClass& counts) {
  JsonObject object(out);
  for (const auto c : kClasses) object.number(name_of(c), of(counts, c));
  object.end();
}

std::string to_json(const Agent& agent, const flow::Environment& env) {
  std::string out;
  JsonObject object(out);
  object.text("id", agent.name);
  object.text("name", agent.display.empty() ? agent.name : agent.display);
  object.raw("skills", strings_to_json(agent.skills));
  std::vector<std::string> queues;
  for (const auto& queue : env.config.queues)
    if (flow::serves(agent, queue)) queues.push_back(queue.name);
  object.raw("queues", strings_to_json(queues));
  counts(object.key("capacity"), agent.capacity);
  counts(object.key("load"), agent.load);
  object.text("presence", name_of(agent.presence));
  object.time("presence_since", agent.presence_since);
  object.time("presence_until", agent.presence_until);
  object.text("source", agent.fixed ? "configuration" : "api");
  object.end();
  return out;
}

void list(Context& context, const CallPtr& call) {
  Query query(call->request, {"limit", "cursor"});
  const auto page = query.page();
  if (query.error()) return call->problem(*query.error());
  context.read(call, [&context, page](Call& c, store::Reader& reader) {
    const auto found = reader.agents(page);
    if (!found) return c.error(found.error());
    const auto env = context.ports.flow.environment();
    std::vector<std::string> items;
    for (const auto& agent : found->items) items.push_back(to_json(agent, *env));
    c.json(200, list_json(items, found->next));
  });
}

void get(Context& context, const CallPtr& call) {
  context.read(call, [&context](Call& c, store::Reader& reader) {
    const auto found = reader.agent(c.path_args[0]);
    if (!found) return c.error(found.error());
    if (!*found || !(*found)->enabled)
      return c.problem(not_found("no agent is called \"" + c.path_args[0].substr(0, 64) + "\""));
    c.json(200, to_json(**found, *context.ports.flow.environment()));
  });
}

std::optional<PerClass> read_capacity(RequestBody& body) {
  const auto object = body.object("capacity");
  if (!object) return std::nullopt;
  PerClass out = Agent{}.capacity;
  for (const auto& member : *object) {
    CapacityClass c{};
    const auto* count = member.value().if_int64();
    if (!parse(std::string_view(member.key()), c) || !count || *count < 0 || *count > 1000) {
      body.refuse("capacity", "must be an object of message, chat and voice with numbers from 0 to 1000");
      return std::nullopt;
    }
    of(out, c) = static_cast<int>(*count);
  }
  return out;
}

bool is_agent_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == '@';
  });
}

void put(Context& context, const CallPtr& call) {
  RequestBody body(call->request.body, {"name", "skills", "capacity"});
  flow::AgentPatch patch;
  patch.display = body.text("name", 256);
  patch.skills = body.texts("skills", 64, 64);
  patch.capacity = read_capacity(body);
  if (body.error()) return call->problem(*body.error());
  const std::string name = call->path_args[0];
  if (!is_agent_name(name))
    return call->problem(not_found("an agent's name has letters, digits, - _ . @ and at most 64 of them"));
  context.write(call, false, [name, patch](store::Unit& unit, const flow::Environment& env) -> Result<flow::Answer> {
    const auto agent = flow::put_agent(unit, env, name, patch);
    if (!agent) return agent.error();
    return flow::Answer{200, to_json(**agent, env)};
  });
}

void remove(Context& context, const CallPtr& call) {
  const std::string name = call->path_args[0];
  context.write(call, false, [name](store::Unit& unit, const flow::Environment& env) -> Result<flow::Answer> {
    if (auto removed = flow::remove_agent(unit, env, name); !removed) return removed.error();
    return flow::Answer{204, {}};
  });
}

// An agent says it of itself, an administrator of anybody.
bool may_speak_for(const Caller& caller, std::string_view agent) {
  return caller.role == Role::admin || caller.author() == agent;
}

void presence(Context& context, const CallPtr& call) {
  RequestBody body(call->request.body, {"presence"});
  const auto value = body.one_of<Presence>("presence");
  if (!value) body.refuse("presence", "must be online, away or offline");
  if (body.error()) return call->problem(*body.error());
  const std::string name = call->path_args[0];
  if (!may_speak_for(*call->caller, name))
    return call->problem(denied("an agent says only of itself whether it is there"));
  context.write(call, false, [name, value](store::Unit& unit, const flow::Environment& env) -> Result<flow::Answer> {
    const auto agent = flow::set_presence(unit, env, name, *value);
    if (!agent) return agent.error();
    return flow::Answer{200, to_json(**agent, env)};
  });
}

using Act = Result<Conversation*> (*)(store::Unit&, const flow::Environment&, Id, const std::string&);

// In the name of the token's agent; an administrator names one.
void act(Context& context, const CallPtr& call, Act what) {
  const auto id = call->id_or_404(0, "conversation");
  if (!id) return;
  RequestBody body(call->request.body, {"agent"});
  const auto named = body.text("agent", 64);
  if (named && !may_speak_for(*call->caller, *named)) body.refuse("agent", "may be given by an administrator only");
  if (!named && call->caller->role != Role::agent) body.refuse("agent", "is missing: for whom?");
  if (body.error()) return call->problem(*body.error());
  const Caller caller = *call->caller;
  const std::string agent = named.value_or(caller.author());
  context.write(call, false,
                [id, agent, caller, what](store::Unit& unit, const flow::Environment& env) -> Result<flow::Answer> {
                  if (auto may = check_conversation(unit, caller, *id); !may) return may.error();
                  const auto done = what(unit, env, *id, agent);
                  if (!done) return done.error();
                  return flow::Answer{200, conversation_json(**done, unit.contact((*done)->contact), env)};
                });
}

}  // namespace

void add_agents(Router& router, Context& context) {
  const auto to = [&context](void (*handler)(Context&, const CallPtr&)) {
    return [&context, handler](const CallPtr& call) { handler(context, call); };
  };
  const auto acts = [&context](Act what) {
    return [&context, what](const CallPtr& call) { act(context, call, what); };
  };
  router.add("GET", "/v1/agents", kAll, to(list));
  router.add("GET", "/v1/agents/{agent}", kAll, to(get));
  router.add("PUT", "/v1/agents/{agent}", kAdmin, to(put));
  router.add("DELETE", "/v1/agents/{agent}", kAdmin, to(remove));
  router.add("PUT", "/v1/agents/{agent}/presence", kAdmin | kAgent, to(presence));
  router.add("POST", "/v1/conversations/{id}/accept", kAdmin | kAgent, acts(flow::accept));
  router.add("POST", "/v1/conversations/{id}/decline", kAdmin | kAgent, acts(flow::decline));
  router.add("POST", "/v1/conversations/{id}/release", kAdmin | kAgent, acts(flow::release));
}

}  // namespace jackfield::api
