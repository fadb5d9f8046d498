#include "api/context.hpp"
#include "api/dry_run.hpp"
#include "api/reply_body.hpp"

namespace jackfield::api {
namespace {

void list(Context& context, const CallPtr& call) {
  Query query(call->request, {"channel", "direction", "status", "limit", "cursor"});
  store::MessageFilter filter;
  filter.channel = query.text("channel");
  filter.direction = query.one_of<Direction>("direction");
  filter.status = query.one_of<Status>("status");
  const auto page = query.page();
  if (query.error()) return call->problem(*query.error());
  context.read(call, [filter, page](Call& c, store::Reader& reader) {
    const auto found = reader.messages(filter, page);
    if (!found) return c.error(found.error());
    QueueLookup queues(reader);
    std::vector<std::string> items;
    for (const auto& row : found->items) {
      if (queues.visible(row.head.conversation, *c.caller)) items.push_back(message_to_json(row));
    }
    c.json(200, list_json(items, found->next));
  });
}

void get(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "message");
  if (!id) return;
  context.read(call, [&context, id](Call& c, store::Reader& reader) {
    const auto found = reader.message(*id);
    if (!found) return c.error(found.error());
    if (!*found) return c.problem(not_found("no message " + to_string(*id)));
    if (context.may_see(c, reader, (*found)->head.conversation)) c.json(200, message_to_json(**found));
  });
}

void start(Context& context, const CallPtr& call) {
  RequestBody body(call->request.body, reply_members({"channel", "to"}));
  const auto request = read_reply(body, *call->caller);
  Query query(call->request, {"dry_run"});
  const bool dry = query.flag("dry_run");
  if (query.error()) return call->problem(*query.error());
  const std::string channel = body.required_text("channel", 256), to = body.required_text("to", 512);
  if (body.error()) return call->problem(*body.error());
  if (dry)
    return dry_run(context, call, [channel, to, request](store::Unit& unit, const flow::Environment& env) {
      return flow::dry_run_start(unit, env, channel, to, request);
    });
  context.write(call, true,
                [channel, to, request](store::Unit& unit, const flow::Environment& env) -> Result<flow::Answer> {
                  const auto message = flow::start(unit, env, channel, to, request);
                  if (!message) return message.error();
                  return flow::Answer{202, message_to_json(**message)};
                });
}

void retry(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "message");
  if (!id) return;
  RequestBody body(call->request.body, {});
  if (body.error()) return call->problem(*body.error());
  const Caller caller = *call->caller;
  context.write(call, true, [id, caller](store::Unit& unit, const flow::Environment& env) -> Result<flow::Answer> {
    const auto may = check_message(unit, caller, *id);
    if (!may) return may.error();
    const auto message = flow::retry(unit, env, *id);
    if (!message) return message.error();
    return flow::Answer{202, message_to_json(**message)};
  });
}

std::optional<flow::Resolution> read_resolution(RequestBody& body) {
  const std::string as = body.required_text("as", 32);
  if (as == "sent") return flow::Resolution::sent;
  if (as == "failed") return flow::Resolution::failed;
  if (as == "resend") return flow::Resolution::resend;
  body.refuse("as", "must be \"sent\", \"failed\" or \"resend\"");
  return std::nullopt;
}

void resolve(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "message");
  if (!id) return;
  RequestBody body(call->request.body, {"as"});
  const auto as = read_resolution(body);
  if (body.error()) return call->problem(*body.error());
  const Caller caller = *call->caller;
  context.write(call, true, [id, caller, as](store::Unit& unit, const flow::Environment& env) -> Result<flow::Answer> {
    const auto may = check_message(unit, caller, *id);
    if (!may) return may.error();
    const auto message = flow::resolve(unit, env, *id, *as);
    if (!message) return message.error();
    return flow::Answer{200, message_to_json(**message)};
  });
}

}  // namespace

void add_messages(Router& router, Context& context) {
  const auto to = [&context](void (*handler)(Context&, const CallPtr&)) {
    return [&context, handler](const CallPtr& call) { handler(context, call); };
  };
  router.add("GET", "/v1/messages", kAll, to(list));
  router.add("POST", "/v1/messages", kAll, to(start));
  router.add("GET", "/v1/messages/{id}", kAll, to(get));
  router.add("POST", "/v1/messages/{id}/retry", kAll, to(retry));
  router.add("POST", "/v1/messages/{id}/resolve", kAdmin | kAgent, to(resolve));
}

}  // namespace jackfield::api
