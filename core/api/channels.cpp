#include <algorithm>

#include "api/availability.hpp"
#include "api/context.hpp"
#include "api/json_object.hpp"
#include "model/json.hpp"

namespace jackfield::api {
namespace {

void counters(JsonObject& out, const host::ChannelInfo& info, const store::ChannelFigures& figures) {
  out.number("received", figures.received);
  out.number("sent", figures.sent);
  out.number("failed", figures.failed);
  out.number("outbox", figures.outbox);
  out.number("held", figures.held);
  out.number("dead_inbound", figures.dead_inbound);
  out.number("dead_outbound", figures.dead_outbound);
  out.number("webhooks", info.webhooks);
  out.number("webhooks_refused", info.webhooks_refused);
  out.number("contract_breaks", info.contract_breaks);
  out.number("slow_callbacks", info.slow_callbacks);
}

void availability(JsonObject& out, const flow::Availability& its, const Caller& caller) {
  add_availability(out, its);
  out.raw("alternatives", strings_to_json(its.alternatives));
  std::vector<std::string> queues = its.queues;
  std::erase_if(queues, [&](const auto& queue) { return !caller.sees_queue(queue); });
  out.raw("queues", strings_to_json(queues));
}

// Never settings: they hold secrets.
std::string to_json(const host::ChannelInfo& info, const store::ChannelFigures& figures, const flow::Availability& its,
                    const Caller& caller) {
  std::string out;
  JsonObject object(out);
  object.text("name", info.name);
  object.text_or_null("plugin", info.manifest ? info.manifest->id : "");
  object.text_or_null("version", info.manifest ? info.manifest->version : "");
  object.text("state", host::name_of(info.state));
  object.text_or_null("detail", info.detail);
  object.time("state_since", info.state_since);
  object.text_or_null("upgrade_problem", info.upgrade_problem);
  object.text_or_null("last_error", info.last_error);
  object.time("last_error_at", info.last_error_at);
  JsonObject answering(object.key("availability"));
  availability(answering, its, caller);
  answering.end();
  JsonObject numbers(object.key("counters"));
  counters(numbers, info, figures);
  numbers.end();
  JsonObject own(object.key("metrics"));
  for (const auto& [name, value] : info.metrics) own.number(name, value);
  own.end();
  object.end();
  return out;
}

// All of them: there are as many as the configuration names, so the list has one page.
void list(Context& context, const CallPtr& call) {
  Query query(call->request, {"limit", "cursor"});
  query.page();
  if (query.error()) return call->problem(*query.error());
  context.read(call, [&context](Call& c, store::Reader& reader) {
    const auto all = availability_of_all(context, reader);
    if (!all) return c.error(all.error());
    std::vector<std::string> items;
    for (const auto& its : *all) {
      const auto info = context.ports.host.channel(its.channel);
      if (!info) continue;  // it went meanwhile
      const auto figures = reader.channel(its.channel);
      if (!figures) return c.error(figures.error());
      items.push_back(to_json(*info, *figures, its, *c.caller));
    }
    c.json(200, list_json(items, {}));
  });
}

void get(Context& context, const CallPtr& call) {
  context.read(call, [&context](Call& c, store::Reader& reader) {
    const std::string& name = c.path_args[0];
    const auto info = context.ports.host.channel(name);
    const auto all = availability_of_all(context, reader);
    if (!all) return c.error(all.error());
    const auto its = std::find_if(all->begin(), all->end(), [&](const auto& one) { return one.channel == name; });
    if (!info || its == all->end())
      return c.problem(not_found("no channel \"" + name.substr(0, 64) + "\" is configured"));
    const auto figures = reader.channel(name);
    if (!figures) return c.error(figures.error());
    c.json(200, to_json(*info, *figures, *its, *c.caller));
  });
}

void restart(Context& context, const CallPtr& call) {
  const auto done = context.ports.host.restart(call->path_args[0]);
  if (!done) return call->error(done.error());
  call->json(202, "{}");
}

}  // namespace

void add_channels(Router& router, Context& context) {
  router.add("GET", "/v1/channels", kAll, [&context](const CallPtr& call) { list(context, call); });
  router.add("GET", "/v1/channels/{channel}", kAll, [&context](const CallPtr& call) { get(context, call); });
  router.add("POST", "/v1/channels/{channel}/restart", kAdmin,
             [&context](const CallPtr& call) { restart(context, call); });
}

}  // namespace jackfield::api
