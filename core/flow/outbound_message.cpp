#include "flow/outbound_message.hpp"

#include <boost/json/serialize.hpp>

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

// Media of ours get the id of their bytes, which the connector reads through the host.
json::array with_blobs(store::Unit& unit, const json::array& parts) {
  json::array out = parts;
  for (auto& entry : out) {
    auto* part = entry.if_object();
    if (!part || text_in(*part, "type") != "media") continue;
    const auto id = parse_id(text_in(*part, "id"));
    if (const auto* media = id ? unit.media(*id) : nullptr) (*part)["blob"] = media->sha256;
  }
  return out;
}

}  // namespace

std::string open_outbound_message(store::Unit& unit, const Message& message) {
  const Address to = message.content.to.empty() ? Address{} : message.content.to.front();
  const Contact* contact = unit.contact(message.contact);
  std::string out = "{\"id\":\"" + to_string(message.id) + "\",\"correlation\":\"" + to_string(message.id) +
                    "\",\"conversation\":\"" + to_string(message.conversation) + '"';
  append_member(out, "channel", message.channel);
  out += ",\"to\":[{\"address\":";
  append_string(out, to.uri);
  if (contact && !contact->name.empty()) append_member(out, "name", contact->name);
  out += "}]";
  append_member(out, "scope", to.scope);
  append_member(out, "visibility", name_of(message.visibility));
  append_member(out, "subject", message.content.subject);
  out += ",\"text\":";
  append_string(out, message.content.text);
  out += ",\"parts\":";
  out += json::serialize(with_blobs(unit, message.content.parts));
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
