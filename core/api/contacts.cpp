#include "api/context.hpp"
#include "api/request_body.hpp"
#include "api/ways.hpp"
#include "flow/contacts.hpp"
#include "flow/erase.hpp"

namespace jackfield::api {
namespace {

// An agent that is held to queues sees the contacts of the conversations in them.
bool may_see_contact(Call& call, store::Reader& reader, Id contact) {
  if (call.caller->sees_all()) return true;
  store::ConversationFilter filter;
  filter.contact = contact;
  filter.queues = call.caller->queues;
  const auto found = reader.conversations(filter, {1, ""});
  if (!found) {
    call.error(found.error());
    return false;
  }
  if (!found->items.empty()) return true;
  call.problem(denied("contact " + to_string(contact) + " has no conversation in your queues"));
  return false;
}

void list(Context& context, const CallPtr& call) {
  Query query(call->request, {"address", "q", "limit", "cursor"});
  const std::string written = query.text("address").value_or("");
  // As it is stored: "mailto:Ana@Example.org" finds ana@example.org. In a query a bare + reads as a space, and no number begins so.
  const std::string address = normalize_address(written).has_value() ? normalize_address(written).value() : written;
  const std::string q = query.text("q").value_or("");
  const auto page = query.page();
  if (query.error()) return call->problem(*query.error());
  if (!call->caller->sees_all())
    return call->problem(denied("the list of all contacts is not for an agent of some queues"));
  context.read(call, [address, q, page](Call& c, store::Reader& reader) {
    const auto found = reader.contacts(address, q, page);
    if (!found) return c.error(found.error());
    std::vector<std::string> items;
    for (const auto& contact : found->items) items.push_back(contact_to_json(contact));
    c.json(200, list_json(items, found->next));
  });
}

void get(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "contact");
  if (!id) return;
  context.read(call, [id](Call& c, store::Reader& reader) {
    const auto found = reader.living_contact(*id);
    if (!found) return c.error(found.error());
    if (!*found) return c.problem(not_found("no contact " + to_string(*id)));
    if (may_see_contact(c, reader, (*found)->id)) c.json(200, contact_to_json(**found));
  });
}

void channels(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "contact");
  if (!id) return;
  context.read(call, [&context, id](Call& c, store::Reader& reader) {
    const auto found = reader.living_contact(*id);
    if (!found) return c.error(found.error());
    if (!*found) return c.problem(not_found("no contact " + to_string(*id)));
    if (!may_see_contact(c, reader, (*found)->id)) return;
    const auto json = ways_json(context, reader, &**found, nullptr);
    json ? c.json(200, *json) : c.error(json.error());
  });
}

void read_attributes(RequestBody& body, flow::ContactPatch& patch) {
  const auto attributes = body.object("attributes");
  if (!attributes) return;
  if (attributes->size() > 64) return body.refuse("attributes", "has more than 64 members");
  for (const auto& member : *attributes) {
    const std::string name(member.key());
    const auto& value = member.value();
    if (name.empty() || name.size() > 128)
      return body.refuse("attributes", "has a name that is not 1 to 128 bytes long");
    if (value.is_null()) {
      patch.attributes[name] = std::nullopt;
    } else if (value.is_string() && value.as_string().size() <= 4096) {
      patch.attributes[name] = std::string(value.as_string().data(), value.as_string().size());
    } else {
      return body.refuse("attributes", "\"" + name + "\" must be a string of at most 4096 bytes, or null to remove it");
    }
  }
}

flow::ContactPatch read_patch(RequestBody& body, std::string_view addresses) {
  flow::ContactPatch patch;
  patch.name = body.text_or_null("name", 512);
  patch.language = body.text_or_null("language", 35);
  patch.tags = body.texts("tags", 64, 128);
  patch.add_addresses = body.texts(addresses, 64, 512).value_or(std::vector<std::string>{});
  for (const auto& address : patch.add_addresses) {
    if (!is_address(address))
      body.refuse(addresses, "\"" + address + "\" is no address such as mailto:ana@example.com");
  }
  read_attributes(body, patch);
  return patch;
}

void create(Context& context, const CallPtr& call) {
  RequestBody body(call->request.body, {"name", "language", "tags", "attributes", "addresses"});
  const auto fields = read_patch(body, "addresses");
  if (body.error()) return call->problem(*body.error());
  context.write(call, true, [fields](store::Unit& unit, const flow::Environment& env) -> Result<flow::Answer> {
    const auto contact = flow::create_contact(unit, env, fields);
    if (!contact) return contact.error();
    return flow::Answer{201, contact_to_json(**contact)};
  });
}

void patch(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "contact");
  if (!id) return;
  RequestBody body(call->request.body, {"name", "language", "tags", "attributes", "add_addresses"});
  const auto fields = read_patch(body, "add_addresses");
  if (body.error()) return call->problem(*body.error());
  context.write(call, false, [id, fields](store::Unit& unit, const flow::Environment& env) -> Result<flow::Answer> {
    const auto contact = flow::patch_contact(unit, env, *id, fields);
    if (!contact) return contact.error();
    return flow::Answer{200, contact_to_json(**contact)};
  });
}

void erase(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "contact");
  if (!id) return;
  context.write(call, false, [id](store::Unit& unit, const flow::Environment& env) -> Result<flow::Answer> {
    if (auto erased = flow::erase_contact(unit, env, *id, "api"); !erased) return erased.error();
    return flow::Answer{204, ""};
  });
}

}  // namespace

void add_contacts(Router& router, Context& context) {
  const auto to = [&context](void (*handler)(Context&, const CallPtr&)) {
    return [&context, handler](const CallPtr& call) { handler(context, call); };
  };
  router.add("GET", "/v1/contacts", kAll, to(list));
  router.add("POST", "/v1/contacts", kAdmin, to(create));
  router.add("GET", "/v1/contacts/{id}", kAll, to(get));
  router.add("GET", "/v1/contacts/{id}/channels", kAll, to(channels));
  router.add("PATCH", "/v1/contacts/{id}", kAdmin, to(patch));
  router.add("DELETE", "/v1/contacts/{id}", kAdmin, to(erase));
}

}  // namespace jackfield::api
