// Callbacks: asked for, listed, moved, reported, cancelled; and when there is room for one.
#include <algorithm>

#include "api/context.hpp"
#include "api/json_object.hpp"
#include "api/request_body.hpp"
#include "flow/callback.hpp"

namespace jackfield::api {
namespace {

std::string to_json(const store::CallbackView& view) {
  return callback_to_json(view.callback, view.contact ? &*view.contact : nullptr);
}

std::string to_json(store::Unit& unit, const Callback& callback) {
  const Conversation* conversation = unit.conversation(callback.conversation);
  return callback_to_json(callback, conversation ? unit.contact(conversation->contact) : nullptr);
}

Problem hidden(Id id) { return denied("callback " + to_string(id) + " is in none of your queues"); }

Time read_time(Query& query, std::string_view name) {
  const auto text = query.text(name);
  if (!text) return {};
  const auto time = parse_rfc3339(*text);
  if (!time) query.refuse(name, "must be a time like 2026-11-21T09:30:00Z");
  return time.value_or(Time{});
}

// --- reading

void list(Context& context, const CallPtr& call) {
  Query query(call->request, {"state", "queue", "contact", "conversation", "from", "to", "limit", "cursor"});
  store::CallbackFilter filter;
  filter.state = query.one_of<CallbackState>("state");
  filter.queue = query.text("queue");
  filter.contact = query.id("contact");
  filter.conversation = query.id("conversation");
  filter.from = read_time(query, "from");
  filter.until = read_time(query, "to");
  if (!call->caller->sees_all()) filter.queues = call->caller->queues;
  const auto page = query.page();
  if (query.error()) return call->problem(*query.error());
  context.read(call, [filter, page](Call& c, store::Reader& reader) mutable {
    if (filter.contact) {
      const auto living = reader.living_contact(filter.contact);
      if (!living) return c.error(living.error());
      if (*living) filter.contact = (*living)->id;
    }
    const auto found = reader.callbacks(filter, page);
    if (!found) return c.error(found.error());
    std::vector<std::string> items;
    for (const auto& view : found->items) items.push_back(to_json(view));
    c.json(200, list_json(items, found->next));
  });
}

void get(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "callback");
  if (!id) return;
  context.read(call, [id](Call& c, store::Reader& reader) {
    const auto found = reader.callback(*id);
    if (!found) return c.error(found.error());
    if (!*found) return c.problem(not_found("no callback " + to_string(*id)));
    const auto& view = **found;
    if (!c.caller->sees_queue(view.callback.queue) && !c.caller->sees_queue(view.conversation_queue))
      return c.problem(hidden(*id));
    c.json(200, to_json(view));
  });
}

std::string slot_json(const flow::FreeSlot& free) {
  std::string out;
  JsonObject object(out);
  object.time("from", free.slot.from);
  object.time("until", free.slot.until);
  object.number("room", free.room);
  object.end();
  return out;
}

struct SlotQuery {
  std::string queue;
  Time from, to;
  std::size_t limit;
};

void read_slots(Call& call, store::Reader& reader, const flow::Environment& env, const SlotQuery& asked) {
  const auto slots = flow::slots_between(env, asked.queue, asked.from, asked.to, 50'000);
  if (slots.empty()) return call.json(200, list_json({}, {}));
  const auto taken = reader.callback_times(asked.queue, slots.front().from, slots.back().until);
  if (!taken) return call.error(taken.error());
  const auto free = flow::with_room(env, asked.queue, slots, *taken);
  std::vector<std::string> items;
  for (const auto& one : free) {
    if (items.size() == asked.limit) return call.json(200, list_json(items, to_rfc3339(one.slot.from)));
    items.push_back(slot_json(one));
  }
  call.json(200, list_json(items, {}));
}

void slots(Context& context, const CallPtr& call) {
  Query query(call->request, {"queue", "from", "to", "limit", "cursor"});
  const auto env = context.ports.flow.environment();
  const Time now = env->clock.now();
  SlotQuery asked;
  asked.queue = query.text("queue").value_or(flow::callback_queue(*env, ""));
  if (!env->config.queue(asked.queue)) query.refuse("queue", "there is no queue \"" + asked.queue.substr(0, 64) + "\"");
  const Millis ahead = flow::callback_terms(*env, asked.queue).ahead;
  const Time from = read_time(query, "from"), to = read_time(query, "to"), cursor = read_time(query, "cursor");
  asked.from = std::max({now, from, cursor});
  asked.to = to == Time{} ? now + ahead : std::min(to, now + ahead);
  asked.limit = static_cast<std::size_t>(query.integer("limit", 1, 500, 50));
  if (query.error()) return call->problem(*query.error());
  if (!call->caller->sees_queue(asked.queue)) return call->problem(denied("this queue is none of yours"));
  context.read(call, [env, asked](Call& c, store::Reader& reader) { read_slots(c, reader, *env, asked); });
}

// --- changing

// May the caller change that one? It comes due in one of its queues, or its conversation is in one.
Result<void> check(store::Unit& unit, const Caller& caller, Id id) {
  const Callback* callback = unit.callback(id);
  if (!callback) return fail(Errc::not_found, "no callback " + to_string(id));
  if (caller.sees_queue(callback->queue)) return {};
  const Conversation* conversation = unit.conversation(callback->conversation);
  if (conversation && caller.sees_queue(conversation->queue)) return {};
  return fail(Errc::denied, hidden(id).detail);
}

// from and until, or null for as soon as possible; nothing: not said.
std::optional<flow::CallbackWish> read_wish(RequestBody& body) {
  if (!body.has("from") && !body.has("until")) return std::nullopt;
  const auto time = [&](std::string_view name) {
    const auto* value = body.object().if_contains(name);
    return value && value->is_null() ? std::optional<Time>() : body.time(name);
  };
  return flow::CallbackWish{time("from"), time("until")};
}

// "+33…", "tel:+33…"
std::string read_number(RequestBody& body) { return body.text("number", 64).value_or(""); }

void create(Context& context, const CallPtr& call) {
  RequestBody body(call->request.body,
                   {"conversation", "contact", "address", "number", "queue", "from", "until", "note"});
  flow::CallbackRequest request;
  request.conversation = body.id("conversation");
  request.contact = body.id("contact");
  request.address = body.text("address", 512).value_or("");
  request.number = read_number(body);
  request.queue = body.text("queue", 256).value_or("");
  request.when = read_wish(body).value_or(flow::CallbackWish{});
  request.note = body.text_or_null("note", 4096).value_or("");
  const bool whom = body.has("conversation") || body.has("contact");
  if (!whom && request.address.empty() && request.number.empty())
    body.refuse("contact", "is missing: whom? Name a contact, address, conversation or number");
  if (body.error()) return call->problem(*body.error());
  for (const std::string_view name : {"conversation", "contact"})
    if (body.has(name) && !body.id(name)) return call->problem(not_found("no " + std::string(name) + " 0"));
  request.by = call->caller->author();
  if (!call->caller->sees_all()) request.queues = call->caller->queues;
  context.write(call, true, [request](store::Unit& unit, const flow::Environment& env) -> Result<flow::Answer> {
    const auto made = flow::request_callback(unit, env, request);
    if (!made) return made.error();
    return flow::Answer{201, to_json(unit, **made)};
  });
}

using Change = std::function<Result<Callback*>(store::Unit&, const flow::Environment&)>;

// Changes that one, if the caller may.
void change(Context& context, const CallPtr& call, Id id, bool creates, int status, Change what) {
  const Caller caller = *call->caller;
  context.write(call, creates,
                [id, caller, status, what = std::move(what)](store::Unit& unit,
                                                             const flow::Environment& env) -> Result<flow::Answer> {
                  if (auto may = check(unit, caller, id); !may) return may.error();
                  const auto changed = what(unit, env);
                  if (!changed) return changed.error();
                  return flow::Answer{status, status == 204 ? std::string() : to_json(unit, **changed)};
                });
}

void patch(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "callback");
  if (!id) return;
  RequestBody body(call->request.body, {"from", "until", "number", "note"});
  flow::CallbackPatch fields;
  fields.when = read_wish(body);
  if (body.has("number")) fields.number = read_number(body);
  fields.note = body.text_or_null("note", 4096);
  if (body.error()) return call->problem(*body.error());
  fields.by = call->caller->author();
  change(context, call, *id, false, 200, [id, fields](store::Unit& unit, const flow::Environment& env) {
    return flow::patch_callback(unit, env, *id, fields);
  });
}

void done(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "callback");
  if (!id) return;
  RequestBody body(call->request.body, {"outcome", "note"});
  flow::CallReport report;
  const auto outcome = body.one_of<CallOutcome>("outcome");
  if (!outcome) body.refuse("outcome", "must be reached, no_answer, busy, voicemail, wrong_number or refused");
  report.note = body.text_or_null("note", 4096).value_or("");
  if (body.error()) return call->problem(*body.error());
  report.outcome = *outcome;
  report.by = call->caller->author();
  if (call->caller->role == Role::agent) report.agent = call->caller->author();
  change(context, call, *id, true, 200, [id, report](store::Unit& unit, const flow::Environment& env) {
    return flow::report_call(unit, env, *id, report);
  });
}

void cancel(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "callback");
  if (!id) return;
  change(context, call, *id, false, 204,
         [id, by = call->caller->author()](store::Unit& unit, const flow::Environment& env) {
           return flow::cancel_callback(unit, env, *id, by);
         });
}

}  // namespace

void add_callbacks(Router& router, Context& context) {
  const auto to = [&context](void (*handler)(Context&, const CallPtr&)) {
    return [&context, handler](const CallPtr& call) { handler(context, call); };
  };
  router.add("GET", "/v1/callbacks", kAll, to(list));
  router.add("POST", "/v1/callbacks", kAll, to(create));
  router.add("GET", "/v1/callbacks/slots", kAll, to(slots));
  router.add("GET", "/v1/callbacks/{id}", kAll, to(get));
  router.add("PATCH", "/v1/callbacks/{id}", kAll, to(patch));
  router.add("POST", "/v1/callbacks/{id}/done", kAll, to(done));
  router.add("DELETE", "/v1/callbacks/{id}", kAll, to(cancel));
}

}  // namespace jackfield::api
