#include "api/subscriptions.hpp"

#include <algorithm>

#include "api/context.hpp"
#include "api/json_object.hpp"
#include "api/request_body.hpp"
#include "model/json.hpp"
#include "outbound/receiver_url.hpp"
#include "outbound/signature.hpp"

namespace jackfield::api {
namespace {

using store::Webhook;
using store::WebhookEvent;

Error no_webhook(Id id) { return fail(Errc::not_found, "no webhook " + to_string(id)); }

std::string to_json(const Webhook& row, const outbound::WebhookFigures& figures, bool with_secret) {
  std::vector<std::string> types;
  for (const EventType type : row.types) types.emplace_back(name_of(type));
  std::string out;
  JsonObject object(out);
  object.id("id", row.id);
  object.text("name", row.name);
  object.text("url", row.url);
  object.raw("types", strings_to_json(types));
  object.text("source", row.fixed ? "configuration" : "api");
  object.boolean("enabled", row.enabled);
  object.text_or_null("disabled_reason", row.reason);
  object.text("cursor", to_cursor(row.cursor));
  object.time("created_at", row.created_at);
  object.number("waiting", figures.waiting);
  object.text_or_null("last_error", figures.last_error);
  object.time("failed_at", figures.failed_at);
  if (with_secret) object.text("secret", row.secret);
  object.end();
  return out;
}

std::string to_json(const WebhookEvent& row) {
  std::string out;
  JsonObject object(out);
  object.text("event", to_cursor(row.cursor));
  object.number("attempts", row.attempts);
  object.time("first_at", row.first_at);
  object.text("error", row.error);
  object.end();
  return out;
}

// --- reading

void list(Context& context, const CallPtr& call) {
  const Query query(call->request, {});
  if (query.error()) return call->problem(*query.error());
  context.read(call, [&context](Call& c, store::Reader& reader) {
    const auto found = reader.webhooks();
    if (!found) return c.error(found.error());
    std::vector<std::string> items;
    for (const auto& row : *found) items.push_back(to_json(row, context.deliverer->figures(row.id), false));
    c.json(200, list_json(items, {}));
  });
}

// The row, or the call is answered.
std::optional<Webhook> find(Call& call, store::Reader& reader, Id id) {
  auto rows = reader.webhooks();
  if (!rows) {
    call.error(rows.error());
    return std::nullopt;
  }
  const auto found = std::find_if(rows->begin(), rows->end(), [id](const auto& row) { return row.id == id; });
  if (found != rows->end()) return std::move(*found);
  call.error(no_webhook(id));
  return std::nullopt;
}

void get(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "webhook");
  if (!id) return;
  context.read(call, [&context, id](Call& c, store::Reader& reader) {
    if (const auto row = find(c, reader, *id)) c.json(200, to_json(*row, context.deliverer->figures(*id), false));
  });
}

void dead_letters(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "webhook");
  if (!id) return;
  Query query(call->request, {"limit", "cursor"});
  const auto page = query.page();
  if (query.error()) return call->problem(*query.error());
  context.read(call, [id, page](Call& c, store::Reader& reader) {
    if (!find(c, reader, *id)) return;
    const auto found = reader.webhook_events(*id, store::WebhookEventState::dead, page);
    if (!found) return c.error(found.error());
    std::vector<std::string> items;
    for (const auto& row : found->items) items.push_back(to_json(row));
    c.json(200, list_json(items, found->next));
  });
}

// --- changing

// What a body may set. Nothing: it does not.
struct Fields {
  std::optional<std::string> name, url, secret;
  std::optional<std::vector<EventType>> types;
  std::optional<bool> enabled;

  bool sets_more_than_enabled() const { return name || url || secret || types; }
};

Fields read_fields(RequestBody& body) {
  Fields fields;
  fields.name = body.text("name", 64);
  if (fields.name && fields.name->empty()) body.refuse("name", "must not be empty");
  fields.url = body.text("url", 2048);
  if (fields.url) {
    if (const auto why = outbound::why_no_receiver(*fields.url, true); !why.empty()) body.refuse("url", why);
  }
  fields.secret = body.text("secret", 128);
  if (fields.secret && !outbound::key_of(*fields.secret)) body.refuse("secret", std::string(outbound::kSecretForm));
  if (const auto names = body.texts("types", 64, 64)) {
    fields.types.emplace();
    for (const auto& name : *names) {
      EventType type{};
      if (!parse(name, type)) body.refuse("types", "\"" + name + "\" is no type of event");
      fields.types->push_back(type);
    }
  }
  if (body.has("enabled")) {
    const auto& value = body.object().at("enabled");
    if (!value.is_bool()) body.refuse("enabled", "must be true or false");
    fields.enabled = value.is_bool() && value.get_bool();
  }
  return fields;
}

// Runs the decision; the deliverer looks at the webhooks again before the client has its answer.
void change(Context& context, const CallPtr& call, flow::Idempotency idempotency, Context::Decide decide) {
  context.ports.flow.write(std::move(idempotency), std::move(decide),
                           [&context, call](const Result<flow::Answer>& result) {
                             if (result) context.deliverer->refresh();
                             answer(*call, result);
                           });
}

void create(Context& context, const CallPtr& call) {
  RequestBody body(call->request.body, {"name", "url", "types", "secret", "after"});
  const auto fields = read_fields(body);
  body.required_text("name", 64);
  body.required_text("url", 2048);
  Webhook row;
  const auto after = body.text("after", 64);
  if (after && !parse_cursor(*after, row.cursor)) body.refuse("after", "is no cursor of the event log");
  if (body.error()) return call->problem(*body.error());
  flow::Idempotency idempotency;
  if (!context.idempotency_of(call, idempotency)) return;
  if (context.deliverer->webhooks() >= kMostWebhooks)
    return call->error(fail(Errc::conflict, "there are " + std::to_string(kMostWebhooks) + " webhooks already"));
  row.id = context.ports.ids.next();
  row.name = *fields.name;
  row.url = *fields.url;
  row.types = fields.types.value_or(std::vector<EventType>{});
  row.secret = fields.secret ? *fields.secret : outbound::new_secret(context.ports.random);
  row.created_at = context.ports.clock.now();
  context.read(call, [&context, call, row, idempotency, from_now = !after](Call& c, store::Reader& reader) mutable {
    const auto last = reader.last_cursor();
    if (!last) return c.error(last.error());
    if (from_now) row.cursor = *last;
    change(context, call, idempotency, [row](store::Unit& unit, const flow::Environment&) -> Result<flow::Answer> {
      return flow::Answer{201, to_json(unit.add(row), {}, true)};
    });
  });
}

void apply(const Fields& fields, Webhook& row) {
  if (fields.name) row.name = *fields.name;
  if (fields.url) row.url = *fields.url;
  if (fields.secret) row.secret = *fields.secret;
  if (fields.types) row.types = *fields.types;
  if (fields.enabled) {
    row.enabled = *fields.enabled;
    row.reason.clear();
  }
}

void patch(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "webhook");
  if (!id) return;
  RequestBody body(call->request.body, {"name", "url", "types", "secret", "enabled"});
  const auto fields = read_fields(body);
  if (body.error()) return call->problem(*body.error());
  const auto figures = context.deliverer->figures(*id);
  change(context, call, {}, [id, fields, figures](store::Unit& unit, const flow::Environment&) -> Result<flow::Answer> {
    Webhook* row = unit.webhook(*id);
    if (!row) return no_webhook(*id);
    if (row->fixed && fields.sets_more_than_enabled())
      return fail(Errc::conflict, "this webhook stands in the configuration file: change it there");
    apply(fields, *row);
    unit.changed(*row);
    return flow::Answer{200, to_json(*row, figures, false)};
  });
}

void remove(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "webhook");
  if (!id) return;
  change(context, call, {}, [id](store::Unit& unit, const flow::Environment&) -> Result<flow::Answer> {
    Webhook* row = unit.webhook(*id);
    if (!row) return no_webhook(*id);
    if (row->fixed) return fail(Errc::conflict, "this webhook stands in the configuration file: remove it there");
    unit.remove(*row);
    return flow::Answer{204, {}};
  });
}

// What is sent again joins its conversation's line, where it comes first, as the oldest.
void resend_event(Context& context, const CallPtr& call, WebhookEvent row) {
  context.ports.flow.write(
      {},
      [row](store::Unit& unit, const flow::Environment&) -> Result<flow::Answer> {
        const Webhook* webhook = unit.webhook(row.webhook);
        if (!webhook) return no_webhook(row.webhook);
        if (!webhook->enabled) return fail(Errc::conflict, "this webhook is disabled");
        unit.put(row);
        return flow::Answer{202, "{\"event\":\"" + to_cursor(row.cursor) + "\"}"};
      },
      [&context, call, row](const Result<flow::Answer>& result) {
        if (result) context.deliverer->send_again(row);
        answer(*call, result);
      });
}

void resend(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "webhook");
  if (!id) return;
  RequestBody body(call->request.body, {"event"});
  WebhookEvent row;
  row.webhook = *id;
  const std::string event = body.required_text("event", 64);
  if (!parse_cursor(event, row.cursor) || row.cursor <= 0) body.refuse("event", "is no id of an event");
  if (body.error()) return call->problem(*body.error());
  row.next_at = context.ports.clock.now();
  context.read(call, [&context, call, row](Call& c, store::Reader& reader) mutable {
    const auto found = reader.events(row.cursor - 1, {}, 1);
    if (!found && found.error().code != Errc::not_found) return c.error(found.error());
    if (!found || found->empty() || found->front().event.cursor != row.cursor)
      return c.problem(not_found("no event " + to_cursor(row.cursor) + " is in the log"));
    const Event& its = found->front().event;
    row.lane = its.conversation ? its.conversation : its.contact;
    resend_event(context, call, row);
  });
}

}  // namespace

Result<void> sync_webhooks(const ApiPorts& ports, const std::vector<WebhookConfig>& configured) {
  auto reader = ports.store.open_reader();
  if (!reader) return reader.error();
  const auto rows = (*reader)->webhooks();
  if (!rows) return rows.error();
  const auto last = (*reader)->last_cursor();
  if (!last) return last.error();
  std::vector<Webhook> fixed;
  std::copy_if(rows->begin(), rows->end(), std::back_inserter(fixed), [](const Webhook& row) { return row.fixed; });
  if (fixed.empty() && configured.empty()) return {};
  return ports.committer.run([&](store::Unit& unit) -> Result<void> {
    for (const Webhook& row : fixed) {
      const bool stays = std::any_of(configured.begin(), configured.end(),
                                     [&](const WebhookConfig& config) { return config.name == row.name; });
      if (Webhook* gone = stays ? nullptr : unit.webhook(row.id)) unit.remove(*gone);
    }
    for (const WebhookConfig& config : configured) {
      const auto known =
          std::find_if(fixed.begin(), fixed.end(), [&](const Webhook& row) { return row.name == config.name; });
      Webhook fresh;
      fresh.fixed = true;
      Webhook* row = known == fixed.end() ? &fresh : unit.webhook(known->id);
      if (row->url != config.url) {
        row->enabled = true;
        row->reason.clear();
      }
      row->name = config.name;
      row->url = config.url;
      row->secret = config.secret;
      row->types = config.types;
      if (row != &fresh) {
        unit.changed(*row);
        continue;
      }
      fresh.id = ports.ids.next();
      fresh.cursor = *last;
      fresh.created_at = ports.clock.now();
      unit.add(fresh);
    }
    return {};
  });
}

void add_subscriptions(Router& router, Context& context) {
  const auto to = [&context](void (*handler)(Context&, const CallPtr&)) {
    return [&context, handler](const CallPtr& call) { handler(context, call); };
  };
  router.add("GET", "/v1/webhooks", kAdmin, to(list));
  router.add("POST", "/v1/webhooks", kAdmin, to(create));
  router.add("GET", "/v1/webhooks/{id}", kAdmin, to(get));
  router.add("PATCH", "/v1/webhooks/{id}", kAdmin, to(patch));
  router.add("DELETE", "/v1/webhooks/{id}", kAdmin, to(remove));
  router.add("GET", "/v1/webhooks/{id}/dead-letters", kAdmin, to(dead_letters));
  router.add("POST", "/v1/webhooks/{id}/resend", kAdmin, to(resend));
}

}  // namespace jackfield::api
