// Tokens made over the API. Shown once, when they are made; what is kept is their hash.
#include <algorithm>

#include "api/context.hpp"
#include "api/json_object.hpp"
#include "api/request_body.hpp"
#include "api/token_secret.hpp"
#include "base/log.hpp"
#include "model/json.hpp"

namespace jackfield::api {
namespace {

constexpr std::size_t kMostTokens = 10'000;

void members(JsonObject& object, const Caller& caller) {
  object.id("id", caller.token);
  object.text("name", caller.name);
  object.text("role", name_of(caller.role));
  object.text_or_null("agent", caller.agent);
  object.raw("queues", strings_to_json(caller.queues));
  object.text("source", caller.token ? "api" : "configuration");
  object.time("created_at", caller.created_at);
  object.time("expires_at", caller.expires_at);
  object.time("last_used_at", caller.use->at());
}

// Where it comes in the list, and the cursor after it: the file's first, then in the order of their making.
std::string place_of(const Caller& caller, std::size_t index) {
  return caller.token ? "b" + to_string(caller.token) : "a" + to_string(Id{static_cast<std::int64_t>(index)});
}

void list(Context& context, const CallPtr& call) {
  Query query(call->request, {"limit", "cursor"});
  const auto page = query.page();
  if (query.error()) return call->problem(*query.error());
  const auto tokens = context.tokens->tokens();
  const std::size_t limit = std::min<std::size_t>(page.limit, 500);
  std::vector<std::string> items;
  std::string next, last;
  for (std::size_t i = 0; i < tokens->all().size(); ++i) {
    const Caller& caller = *tokens->all()[i];
    const std::string place = place_of(caller, i);
    if (place <= page.cursor) continue;
    if (items.size() == limit) {
      next = last;
      break;
    }
    JsonObject object(items.emplace_back());
    members(object, caller);
    object.end();
    last = place;
  }
  call->json(200, list_json(items, next));
}

// --- making

store::ApiToken read_token(RequestBody& body, Time now) {
  store::ApiToken row;
  row.name = body.required_text("name", 64);
  const auto role = body.one_of<Role>("role");
  if (!role) body.refuse("role", "must be admin, agent or integration");
  row.role = name_of(role.value_or(Role::integration));
  row.agent = body.text("agent", 64).value_or("");
  row.queues = body.texts("queues", 500, 64).value_or(std::vector<std::string>{});
  row.expires_at = body.time("expires_at").value_or(Time{});
  const bool is_agent = role == Role::agent;
  if (is_agent && row.agent.empty()) body.refuse("agent", "is missing: whom does it speak for?");
  if (!is_agent && !row.agent.empty()) body.refuse("agent", "is for tokens of role agent only");
  if (!is_agent && !row.queues.empty()) body.refuse("queues", "hold tokens of role agent only");
  if (row.expires_at != Time{} && row.expires_at <= now) body.refuse("expires_at", "must be in the future");
  return row;
}

Result<void> may_be(store::Unit& unit, const flow::Environment& env, const store::ApiToken& row) {
  const auto all = unit.api_tokens();
  if (all.size() >= kMostTokens)
    return fail(Errc::conflict, "there are " + std::to_string(kMostTokens) + " tokens already");
  if (std::any_of(all.begin(), all.end(), [&](const auto* other) { return other->name == row.name; }))
    return fail(Errc::conflict, "there is another token \"" + row.name + "\"");
  const Agent* agent = row.agent.empty() ? nullptr : unit.agent(row.agent);
  if (!row.agent.empty() && !(agent && agent->enabled))
    return fail(Errc::invalid, "agent: no agent is called \"" + row.agent + "\"");
  for (const auto& queue : row.queues)
    if (!env.config.queue(queue)) return fail(Errc::invalid, "queues: there is no queue \"" + queue + "\"");
  return {};
}

Caller caller_of(const store::ApiToken& row) {
  Role role{};
  parse(row.role, role);
  const auto unused = std::make_shared<TokenUse>();
  return {row.name, role, row.agent, row.queues, {}, row.id, row.expires_at, row.created_at, unused};
}

// {…} with "token" in front of the rest.
std::string with_token(std::string_view json, std::string_view token) {
  std::string out = "{\"token\":";
  token.empty() ? out += "null" : (append_string(out, token), out);
  out += ',';
  return out.append(json.substr(1));
}

// The answer that is kept for the Idempotency-Key must not hold the token, so that is put in afterwards. Who asks again
// with the key learns that it was made, and no more.
void create(Context& context, const CallPtr& call) {
  RequestBody body(call->request.body, {"name", "role", "agent", "queues", "expires_at"});
  store::ApiToken row = read_token(body, context.ports.clock.now());
  if (body.error()) return call->problem(*body.error());
  const auto known = context.tokens->tokens();
  const bool of_the_file = std::any_of(known->all().begin(), known->all().end(),
                                       [&](const auto& caller) { return !caller->token && caller->name == row.name; });
  if (of_the_file)
    return call->error(fail(Errc::conflict, "a token \"" + row.name + "\" stands in the configuration file"));
  flow::Idempotency idempotency;
  if (!context.idempotency_of(call, idempotency)) return;
  const std::string token = new_token(context.ports.random);
  row.id = context.ports.ids.next();
  row.hash = sha256_hex(token);
  row.created_at = context.ports.clock.now();
  const auto made = std::make_shared<bool>(false);
  context.ports.flow.write(
      std::move(idempotency),
      [row, made](store::Unit& unit, const flow::Environment& env) -> Result<flow::Answer> {
        if (auto may = may_be(unit, env, row); !may) return may.error();
        unit.add(row);
        *made = true;
        std::string json;
        JsonObject object(json);
        members(object, caller_of(row));
        object.end();
        return flow::Answer{201, json};
      },
      [call, made, token, name = row.name](const Result<flow::Answer>& result) {
        if (!result) return call->error(result.error());
        if (*made) log::info("api", call->caller->name + " made the token \"" + name + "\"");
        call->json(result->status, with_token(result->body, *made ? token : std::string()));
      });
}

void remove(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "token");
  if (!id) return;
  const auto name = std::make_shared<std::string>();
  context.ports.flow.write(
      {},
      [id, name](store::Unit& unit, const flow::Environment&) -> Result<flow::Answer> {
        store::ApiToken* row = unit.api_token(*id);
        if (!row) return fail(Errc::not_found, "no token " + to_string(*id));
        *name = row->name;
        unit.remove(*row);
        return flow::Answer{204, {}};
      },
      [call, name](const Result<flow::Answer>& result) {
        if (result) log::info("api", call->caller->name + " removed the token \"" + *name + "\"");
        answer(*call, result);
      });
}

}  // namespace

void Context::note_use(const Caller& caller) {
  const Time now = ports.clock.now();
  if (!caller.use || !caller.use->used(now) || !caller.token) return;
  ports.flow.write(
      {},
      [id = caller.token, now](store::Unit& unit, const flow::Environment&) -> Result<flow::Answer> {
        if (store::ApiToken* row = unit.api_token(id)) {
          row->last_used_at = now;
          unit.changed(*row);
        }
        return flow::Answer{204, {}};
      },
      [](const Result<flow::Answer>&) {});  // the next use tries again
}

void add_tokens(Router& router, Context& context) {
  router.add("GET", "/v1/tokens", kAdmin, [&context](const CallPtr& call) { list(context, call); });
  router.add("POST", "/v1/tokens", kAdmin, [&context](const CallPtr& call) { create(context, call); });
  router.add("DELETE", "/v1/tokens/{id}", kAdmin, [&context](const CallPtr& call) { remove(context, call); });
}

}  // namespace jackfield::api
