#include "flow/outbound_message.hpp"

#include <boost/json/serialize.hpp>

#include "flow/media_links.hpp"
#include "flow/merge.hpp"
#include "model/json.hpp"

namespace jackfield::flow {
namespace {

namespace json = boost::json;

std::string_view text_in(const json::object& part, std::string_view name) {
  const auto* value = part.if_contains(name);
  return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view{};
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
  out += ",\"";
  out += name;
  out += "\":";
  value.empty() ? void(out += "null") : append_string(out, value);
}

// `to` is our id of the message that a reaction is about; the provider knows it by its own.
void name_target(store::Unit& unit, json::object& part) {
  const auto id = parse_id(text_in(part, "to"));
  const Message* target = id ? unit.message(*id) : nullptr;
  if (target && !target->track.provider_ids.empty()) part["provider_id"] = target->track.provider_ids.front();
}

// Media of ours get the id of their bytes, which the connector reads through the host, and an address for the provider.
json::array with_blobs(store::Unit& unit, const Environment& env, const json::array& parts) {
  json::array out = parts;
  for (auto& entry : out) {
    auto* part = entry.if_object();
    if (part && text_in(*part, "type") == "reaction") name_target(unit, *part);
    if (!part || text_in(*part, "type") != "media") continue;
    const auto id = parse_id(text_in(*part, "id"));
    if (const auto* media = id ? unit.media(*id) : nullptr) {
      (*part)["blob"] = media->sha256;
      if (env.links) (*part)["url"] = env.links->url(media->id, env.clock.now());
    }
  }
  return out;
}

bool owns(const Contact& contact, const Address& to) {
  for (const auto& address : contact.addresses)
    if (address.same_as(to)) return true;
  return false;
}

// All that the contact is known by there.
void append_addresses(std::string& out, const Contact* contact, std::string_view scheme) {
  out += ",\"addresses\":[";
  bool first = true;
  for (std::size_t i = 0; contact && i < contact->addresses.size(); ++i) {
    const Address& address = contact->addresses[i];
    if (scheme_of(address.uri) != scheme) continue;
    out += first ? "{\"address\":" : ",{\"address\":";
    first = false;
    append_string(out, address.uri);
    append_member(out, "scope", address.scope);
    out += '}';
  }
  out += ']';
}

// The provider's own id of the public thread, from the conversation's scope (scope_key).
std::string thread_of(store::Unit& unit, const Message& message) {
  const auto* conversation = message.conversation ? unit.conversation(message.conversation) : nullptr;
  const std::string prefix = "thread:" + message.channel + ":";
  if (!conversation || !conversation->scope.starts_with(prefix)) return {};
  return conversation->scope.substr(prefix.size());
}

}  // namespace

std::string open_outbound_message(store::Unit& unit, const Environment& env, const Message& message) {
  const Address to = message.content.to.empty() ? Address{} : message.content.to.front();
  const Contact* contact = message.contact ? living_contact(unit, message.contact) : nullptr;
  std::string out = "{\"id\":\"" + to_string(message.id) + "\",\"correlation\":\"" + to_string(message.id) +
                    "\",\"conversation\":\"" + to_string(message.conversation) + '"';
  append_member(out, "channel", message.channel);
  if (const auto& url = env.config.public_url; !url.empty())
    append_member(out, "channel_url", url + "/channels/" + message.channel);
  out += ",\"to\":[{\"address\":";
  append_string(out, to.uri);
  if (contact && !contact->name.empty() && owns(*contact, to)) append_member(out, "name", contact->name);
  out += "}]";
  append_member(out, "scope", to.scope);
  append_member(out, "visibility", name_of(message.visibility));
  if (!message.content.automatic.empty()) out += ",\"automatic\":true";
  if (!message.content.from.name.empty()) {
    out += ",\"author\":{\"name\":";
    append_string(out, message.content.from.name);
    out += '}';
  }
  if (const auto thread = thread_of(unit, message); !thread.empty()) append_member(out, "thread", thread);
  const Channel* channel = env.channel(message.channel);
  if (channel) append_addresses(out, contact, channel->manifest.scheme);
  append_member(out, "subject", message.content.subject);
  out += ",\"text\":";
  append_string(out, message.content.text);
  out += ",\"parts\":";
  out += json::serialize(with_blobs(unit, env, message.content.parts));
  out += ",\"template\":";
  const json::object* chosen = nullptr;
  for (const auto& part : message.content.parts)
    if (part.is_object() && text_in(part.get_object(), "type") == "template") chosen = part.if_object();
  out += chosen ? json::serialize(*chosen) : "null";
  const Message* parent = message.content.reply_to ? unit.message(message.content.reply_to) : nullptr;
  if (parent && !parent->track.provider_ids.empty()) {
    out += ",\"reply_to\":{\"provider_id\":";
    append_string(out, parent->track.provider_ids.front());
    append_member(out, "subject", parent->content.subject);
    // An explicit choice of the agent: to be shown as a quote. Else it only threads.
    out += message.content.quoted.empty() ? ",\"quote\":false}" : ",\"quote\":true}";
  } else {
    out += ",\"reply_to\":null";
  }
  return out;
}

void close_outbound_message(std::string& json, const std::vector<std::string>& references) {
  json += ",\"references\":";
  json += strings_to_json(references);
  json += '}';
}

}  // namespace jackfield::flow
