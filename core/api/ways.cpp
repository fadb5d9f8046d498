#include "api/ways.hpp"

#include "api/json_object.hpp"
#include "flow/reach.hpp"

namespace jackfield::api {
namespace {

std::string to_json(const flow::Way& way, const host::Host& host) {
  std::string out;
  JsonObject object(out);
  const auto info = host.channel(way.channel->policy.name);
  object.text("channel", way.channel->policy.name);
  object.text("plugin", way.channel->manifest.id);
  object.text_or_null("address", way.address);
  object.boolean("usable", way.usable);
  object.boolean("preferred", way.preferred);
  object.time("until", way.window.until);
  object.boolean("template_needed", way.window.template_needed);
  // A channel that is down takes replies: they wait for it. So its state is no reason, and shown beside.
  object.text_or_null("state", info ? host::name_of(info->state) : "");
  object.text_or_null("state_detail", info ? info->detail : "");
  if (way.why_not.empty()) {
    object.raw("why_not", "null");
  } else {
    JsonObject why(object.key("why_not"));
    why.text("class", way.error_class);
    why.text("detail", way.why_not);
    why.end();
  }
  object.end();
  return out;
}

}  // namespace

Result<std::string> ways_json(Context& context, store::Reader& reader, const Contact* contact,
                              const Conversation* conversation) {
  std::vector<ChannelUse> elsewhere;
  if (contact) {
    store::ConversationFilter filter;
    filter.contact = contact->id;
    const auto found = reader.conversations(filter, {flow::kLookedThrough, ""});
    if (!found) return found.error();
    std::vector<const Conversation*> others;
    for (const auto& view : found->items) others.push_back(&view.conversation);
    elsewhere = flow::uses_in(others, conversation ? conversation->id : Id{});
  }
  const auto env = context.ports.flow.environment();
  std::vector<std::string> items;
  for (const auto& way : flow::ways_to(*env, contact, conversation, elsewhere, env->clock.now()))
    items.push_back(to_json(way, context.ports.host));
  return list_json(items, {});
}

}  // namespace jackfield::api
