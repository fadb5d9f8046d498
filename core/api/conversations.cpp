#include "api/context.hpp"
#include "api/dry_run.hpp"
#include "api/reply_body.hpp"
#include "api/ways.hpp"

namespace jackfield::api {
namespace {

std::string to_json(const store::ConversationView& view, const flow::Environment& env) {
  return conversation_json(view.conversation, view.contact ? &*view.contact : nullptr, env);
}

void list(Context& context, const CallPtr& call) {
  Query query(call->request, {"queue", "state", "assignee", "contact", "channel", "tag", "limit", "cursor"});
  store::ConversationFilter filter;
  filter.queue = query.text("queue");
  filter.state = query.one_of<ConversationState>("state");
  filter.assignee = query.text("assignee");
  filter.contact = query.id("contact");
  filter.channel = query.text("channel");
  filter.tag = query.text("tag");
  if (!call->caller->sees_all()) filter.queues = call->caller->queues;
  const auto page = query.page();
  if (query.error()) return call->problem(*query.error());
  context.read(call, [&context, filter, page](Call& c, store::Reader& reader) mutable {
    if (filter.contact) {
      const auto living = reader.living_contact(filter.contact);
      if (!living) return c.error(living.error());
      if (*living) filter.contact = (*living)->id;
    }
    const auto found = reader.conversations(filter, page);
    if (!found) return c.error(found.error());
    const auto env = context.ports.flow.environment();
    std::vector<std::string> items;
    for (const auto& view : found->items) items.push_back(to_json(view, *env));
    c.json(200, list_json(items, found->next));
  });
}

// The conversation for a caller who may see it; else the call is answered and there is none.
std::optional<store::ConversationView> find(Call& call, store::Reader& reader, Id id) {
  auto found = reader.conversation(id);
  if (!found) {
    call.error(found.error());
  } else if (!*found) {
    call.problem(not_found("no conversation " + to_string(id)));
  } else if (const auto may = call.caller->check((*found)->conversation); !may) {
    call.error(may.error());
  } else {
    return std::move(*found);
  }
  return std::nullopt;
}

void get(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "conversation");
  if (!id) return;
  context.read(call, [&context, id](Call& c, store::Reader& reader) {
    if (const auto view = find(c, reader, *id)) c.json(200, to_json(*view, *context.ports.flow.environment()));
  });
}

void channels(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "conversation");
  if (!id) return;
  context.read(call, [&context, id](Call& c, store::Reader& reader) {
    const auto view = find(c, reader, *id);
    if (!view) return;
    const auto json = ways_json(context, reader, view->contact ? &*view->contact : nullptr, &view->conversation);
    json ? c.json(200, *json) : c.error(json.error());
  });
}

void messages(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "conversation");
  if (!id) return;
  Query query(call->request, {"limit", "cursor"});
  const auto page = query.page();
  if (query.error()) return call->problem(*query.error());
  context.read(call, [id, page](Call& c, store::Reader& reader) {
    if (!find(c, reader, *id)) return;
    const auto found = reader.messages_of(*id, page);
    if (!found) return c.error(found.error());
    std::vector<std::string> items;
    for (const auto& row : found->items) items.push_back(message_to_json(row));
    c.json(200, list_json(items, found->next));
  });
}

void decision(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "conversation");
  if (!id) return;
  context.read(call, [id](Call& c, store::Reader& reader) {
    if (!find(c, reader, *id)) return;
    auto json = reader.decision(*id);
    if (!json) return c.error(json.error());
    if (json->empty()) return c.problem(not_found("conversation " + to_string(*id) + " was never routed"));
    c.json(200, std::move(*json));
  });
}

flow::ConversationPatch read_patch(RequestBody& body) {
  flow::ConversationPatch patch;
  patch.state = body.one_of<ConversationState>("state");
  patch.queue = body.text("queue", 256);
  patch.assignee = body.text_or_null("assignee", 256);
  patch.priority = body.one_of<Priority>("priority");
  patch.tags = body.texts("tags", 64, 128);
  patch.snoozed_until = body.time("snoozed_until");
  return patch;
}

void patch(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "conversation");
  if (!id) return;
  RequestBody body(call->request.body, {"state", "queue", "assignee", "priority", "tags", "snoozed_until"});
  auto fields = read_patch(body);
  if (body.error()) return call->problem(*body.error());
  const Caller caller = *call->caller;
  fields.by = caller.author();
  context.write(call, false,
                [id, fields, caller](store::Unit& unit, const flow::Environment& env) -> Result<flow::Answer> {
                  const auto may = check_conversation(unit, caller, *id);
                  if (!may) return may.error();
                  // The new queue may be one that the caller does not see: that is how work is passed on.
                  const auto changed = flow::patch(unit, env, *id, fields);
                  if (!changed) return changed.error();
                  const Conversation& now = **changed;
                  return flow::Answer{200, conversation_json(now, unit.contact(now.contact), env)};
                });
}

void reply(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "conversation");
  if (!id) return;
  RequestBody body(call->request.body, reply_members({"channel", "reply_to", "direction", "visibility"}));
  const auto request = read_reply(body, *call->caller);
  Query query(call->request, {"dry_run"});
  const bool dry = query.flag("dry_run");
  if (query.error()) return call->problem(*query.error());
  if (body.error()) return call->problem(*body.error());
  const Caller caller = *call->caller;
  if (dry)
    return dry_run(context, call,
                   [id, request, caller](store::Unit& unit, const flow::Environment& env) -> Result<flow::DryRun> {
                     if (const auto may = check_conversation(unit, caller, *id); !may) return may.error();
                     return flow::dry_run_reply(unit, env, *id, request);
                   });
  context.write(call, true,
                [id, request, caller](store::Unit& unit, const flow::Environment& env) -> Result<flow::Answer> {
                  const auto may = check_conversation(unit, caller, *id);
                  if (!may) return may.error();
                  const auto message = flow::reply(unit, env, *id, request);
                  if (!message) return message.error();
                  return flow::Answer{202, message_to_json(**message)};
                });
}

// A small sign to the customer: nothing is stored, so nothing says later whether it came.
void sign(Context& context, const CallPtr& call, const std::string& what) {
  const auto id = call->id_or_404(0, "conversation");
  if (!id) return;
  RequestBody body(call->request.body, {"channel"});
  const auto channel = body.text("channel", 256);
  if (body.error()) return call->problem(*body.error());
  const Caller caller = *call->caller;
  auto sign = std::make_shared<flow::Sign>();
  context.ports.flow.write(
      {},
      [id, what, channel, caller, sign](store::Unit& unit, const flow::Environment& env) -> Result<flow::Answer> {
        if (const auto may = check_conversation(unit, caller, *id); !may) return may.error();
        auto made = flow::sign_for(unit, env, *id, what, channel);
        if (!made) return made.error();
        *sign = std::move(*made);
        return flow::Answer{};
      },
      [&context, call, sign](const Result<flow::Answer>& ready) {
        if (!ready) return call->error(ready.error());
        context.ports.host.signal(sign->channel, sign->signal, [call](const Result<void>& given) {
          given ? call->no_content() : call->error(given.error());
        });
      });
}

void read(Context& context, const CallPtr& call) { sign(context, call, "read"); }
void typing(Context& context, const CallPtr& call) { sign(context, call, "typing"); }

}  // namespace

void add_conversations(Router& router, Context& context) {
  const auto to = [&context](void (*handler)(Context&, const CallPtr&)) {
    return [&context, handler](const CallPtr& call) { handler(context, call); };
  };
  router.add("GET", "/v1/conversations", kAll, to(list));
  router.add("GET", "/v1/conversations/{id}", kAll, to(get));
  router.add("PATCH", "/v1/conversations/{id}", kAdmin | kAgent, to(patch));
  router.add("GET", "/v1/conversations/{id}/messages", kAll, to(messages));
  router.add("POST", "/v1/conversations/{id}/messages", kAll, to(reply));
  router.add("GET", "/v1/conversations/{id}/channels", kAll, to(channels));
  router.add("POST", "/v1/conversations/{id}/read", kAll, to(read));
  router.add("POST", "/v1/conversations/{id}/typing", kAll, to(typing));
  router.add("GET", "/v1/conversations/{id}/decision", kAll, to(decision));
}

}  // namespace jackfield::api
