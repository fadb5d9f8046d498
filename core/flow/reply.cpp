// Reply: an answer is checked against its channel's rules, stored, and put into the outbox, in one transaction.
#include <algorithm>

#include "flow/operations.hpp"
#include "flow/opt_out.hpp"
#include "flow/thread.hpp"
#include "flow/window.hpp"

namespace jackfield::flow {
namespace {

namespace json = boost::json;

std::string text_in(const json::object& part, std::string_view name) {
  const auto* value = part.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string{};
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// The parts that leave: given, or made of the text; media ids become what a connector can read.
Result<json::array> outgoing_parts(store::Unit& unit, const ReplyRequest& request) {
  json::array parts = request.parts;
  if (parts.empty() && !request.text.empty()) parts.push_back(json::object{{"type", "text"}, {"text", request.text}});
  if (!request.template_.is_null()) {
    json::object part = request.template_.is_object() ? request.template_.get_object() : json::object{};
    if (text_in(part, "name").empty()) return fail(Errc::invalid, "template.name is missing");
    part["type"] = "template";
    parts.push_back(std::move(part));
  }
  if (parts.empty()) return fail(Errc::invalid, "a message needs text, parts or a template");
  if (auto checked = check_parts(parts); !checked) return checked.error();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto& part = parts[i].get_object();
    if (text_in(part, "type") != "media") continue;
    const auto id = parse_id(text_in(part, "id"));
    const store::Media* media = id ? unit.media(*id) : nullptr;
    if (!media)
      return fail(Errc::invalid,
                  "parts[" + std::to_string(i) + "].id names no media; upload it with POST /v1/media first");
    part["media_type"] = media->media_type;
    if (text_in(part, "name").empty()) part["name"] = media->name;
    part["size"] = media->size;
    part["state"] = "ready";
  }
  return parts;
}

Result<void> check_media(const host::Manifest& manifest, const json::object& part) {
  if (manifest.media.empty()) return {};
  const std::string type = text_in(part, "media_type");
  const std::int64_t size = part.at("size").as_int64();
  for (const auto& limit : manifest.media) {
    const bool fits = std::any_of(limit.types.begin(), limit.types.end(), [&](const std::string& t) {
      return t == type || t == "*/*" || (t.ends_with("/*") && type.starts_with(t.substr(0, t.size() - 1)));
    });
    if (!fits) continue;
    if (limit.max_bytes > 0 && size > limit.max_bytes)
      return fail(Errc::too_large, manifest.name + " takes " + limit.kind + " up to " +
                                       std::to_string(limit.max_bytes) + " bytes; this has " + std::to_string(size));
    return {};
  }
  return fail(Errc::invalid, manifest.name + " cannot send media of type " + type);
}

// What the connector declares it can do, checked before anything is stored.
Result<void> check_capabilities(const Channel& channel, const json::array& parts, const std::string& text) {
  const auto& manifest = channel.manifest;
  if (!manifest.sends) return fail(Errc::conflict, "channel " + channel.policy.name + " only receives");
  for (const auto& entry : parts) {
    const auto& part = entry.get_object();
    const std::string type = text_in(part, "type");
    if (std::find(manifest.parts_out.begin(), manifest.parts_out.end(), type) == manifest.parts_out.end())
      return fail(Errc::invalid, "channel " + channel.policy.name + " cannot send parts of type " + type);
    if (type != "media") continue;
    if (auto checked = check_media(manifest, part); !checked) return checked;
  }
  const auto length = static_cast<std::int64_t>(manifest.text_unit == "bytes" ? text.size() : characters(text));
  if (manifest.text_limit > 0 && length > manifest.text_limit)
    return fail(Errc::too_large, "channel " + channel.policy.name + " takes texts of up to " +
                                     std::to_string(manifest.text_limit) + " " + manifest.text_unit + "; this has " +
                                     std::to_string(length));
  return {};
}

bool only_allowed_outside(const host::Manifest& manifest, const json::array& parts) {
  return std::all_of(parts.begin(), parts.end(), [&](const json::value& part) {
    const auto& allowed = manifest.outside_window;
    return std::find(allowed.begin(), allowed.end(), text_in(part.get_object(), "type")) != allowed.end();
  });
}

Result<void> check_window(const Channel& channel, const ChannelUse& use, const json::array& parts, Time now) {
  const ReplyWindow window = window_of(use, channel, now);
  if (window.open || only_allowed_outside(channel.manifest, parts)) return {};
  const std::string when =
      window.until == Time{} ? "the contact has not written there" : "it closed at " + to_rfc3339(window.until);
  std::string allowed;
  for (const auto& type : channel.manifest.outside_window) allowed += (allowed.empty() ? "" : ", ") + type;
  return fail(Errc::conflict, "the reply window of " + channel.policy.name + " is closed: " + when +
                                  (allowed.empty() ? "" : "; allowed outside it: " + allowed));
}

// Where answers have a window and it is open, they asked: an opt-out then only stops what is no plain answer.
Result<void> check_opt_out(const Contact* contact, const Channel& channel, const ChannelUse& use,
                           const json::array& parts, Time now) {
  const OptOut* said = contact ? opt_out_of(*contact, channel, {.uri = use.address, .scope = use.scope}) : nullptr;
  if (!said) return {};
  const bool plain = std::none_of(parts.begin(), parts.end(),
                                  [](const json::value& part) { return text_in(part.get_object(), "type") == "template"; });
  if (channel.manifest.reply_window_seconds > 0 && plain && window_of(use, channel, now).open) return {};
  return fail(Errc::conflict, use.address + " wants no messages on " + channel.policy.name + " since " +
                                  to_rfc3339(said->at) + (said->reason.empty() ? "" : ": " + said->reason));
}

Message make_message(const Environment& env, const Conversation& conversation, json::array parts,
                     const ReplyRequest& request, Time now) {
  Message message;
  message.id = env.ids.next();
  message.conversation = conversation.id;
  message.contact = conversation.contact;
  message.content.from.name = request.author;
  message.content.parts = std::move(parts);
  message.content.text = text_of(message.content.parts);
  message.content.subject = request.subject;
  message.received_at = now;
  return message;
}

Message& add_note(store::Unit& unit, Conversation& conversation, Message message, Time now) {
  message.direction = Direction::note;
  message.status = Status::received;
  conversation.last_activity_at = now;
  unit.changed(conversation);
  Message& added = unit.add(std::move(message));
  unit.add(Event{.type = EventType::message_received,
                 .at = now,
                 .source = "api",
                 .conversation = conversation.id,
                 .message = added.id,
                 .contact = conversation.contact,
                 .data = "{\"direction\":\"note\"}"});
  return added;
}

// The message and its place in the outbox.
Message& queue_message(store::Unit& unit, Conversation& conversation, const Channel& channel, const ChannelUse& use,
                       Message message, Time now) {
  message.direction = Direction::out;
  message.status = Status::queued;
  message.channel = channel.policy.name;
  message.content.to = {Address{.uri = use.address, .scope = use.scope}};
  message.track.history.push_back({Status::queued, now});
  conversation.last_outbound_at = now;
  conversation.last_activity_at = now;
  unit.changed(conversation);
  Message& added = unit.add(std::move(message));
  store::OutboxEntry entry;
  entry.message = added.id;
  entry.channel = added.channel;
  entry.conversation = conversation.id;
  entry.next_at = now;
  entry.deadline = now + channel.manifest.deadline;
  entry.recipient = use.address;
  unit.add(std::move(entry));
  unit.add(Event{.type = EventType::message_queued,
                 .at = now,
                 .source = "api",
                 .conversation = conversation.id,
                 .message = added.id,
                 .contact = conversation.contact});
  return added;
}

// What a reply answers: named, or the last that came on that channel.
Result<void> set_reply_to(store::Unit& unit, const ReplyRequest& request, const ChannelUse& use, Message& message) {
  message.content.reply_to = request.reply_to ? request.reply_to : use.last_inbound;
  if (!message.content.reply_to) return {};
  const Message* parent = unit.message(message.content.reply_to);
  if (!parent || parent->conversation != message.conversation) {
    if (request.reply_to) return fail(Errc::invalid, "reply_to names no message of this conversation");
    message.content.reply_to = Id{};
    return {};
  }
  if (request.reply_to && !parent->track.provider_ids.empty())
    message.content.quoted = parent->track.provider_ids.front();
  message.visibility = parent->visibility;
  return {};
}

// The address that the channel reaches: given with its scheme or without; a number for a channel that attests numbers
// is the same person there (tel:+336… is whatsapp:336…).
Result<std::string> reachable(const std::string& to, const Channel& channel) {
  const auto& manifest = channel.manifest;
  const std::string scheme(scheme_of(to));
  if (scheme.empty()) return normalize_address(manifest.scheme + ":" + to);
  if (scheme == manifest.scheme) return normalize_address(to);
  const bool attested = std::find(manifest.attests.begin(), manifest.attests.end(), scheme) != manifest.attests.end();
  if (scheme != "tel" || !attested)
    return fail(Errc::invalid, "channel " + channel.policy.name + " reaches addresses as in " + manifest.scheme +
                                   ":…, not " + scheme + ":");
  const auto number = normalize_address(to);
  return number ? normalize_address(manifest.scheme + number->substr(3)) : number;
}

}  // namespace

Result<Message*> reply(store::Unit& unit, const Environment& env, Id id, ReplyRequest request) {
  Conversation* conversation = unit.conversation(id);
  if (!conversation) return fail(Errc::not_found, "no such conversation");
  const Time now = env.clock.now();
  auto parts = outgoing_parts(unit, request);
  if (!parts) return parts.error();
  Message message = make_message(env, *conversation, std::move(*parts), request, now);
  if (request.note) return &add_note(unit, *conversation, std::move(message), now);

  if (conversation->channels.empty()) return fail(Errc::conflict, "this conversation has no channel to reply on");
  const std::string name = request.channel.value_or(conversation->channels.front().channel);
  const Channel* channel = env.channel(name);
  if (!channel) return fail(Errc::invalid, "no channel is called \"" + name + "\"");
  const ChannelUse* use = conversation->use_of(name);
  if (!use) return fail(Errc::conflict, "the contact has no address on channel \"" + name + "\" in this conversation");
  if (auto checked = check_capabilities(*channel, message.content.parts, message.content.text); !checked)
    return checked.error();
  if (auto checked = check_window(*channel, *use, message.content.parts, now); !checked) return checked.error();
  if (auto checked = check_opt_out(unit.contact(conversation->contact), *channel, *use, message.content.parts, now); !checked)
    return checked.error();
  if (auto set = set_reply_to(unit, request, *use, message); !set) return set.error();
  return &queue_message(unit, *conversation, *channel, *use, std::move(message), now);
}

Result<Message*> start(store::Unit& unit, const Environment& env, const std::string& channel_name,
                       const std::string& to_text, ReplyRequest request) {
  const Channel* channel = env.channel(channel_name);
  if (!channel) return fail(Errc::invalid, "no channel is called \"" + channel_name + "\"");
  const auto reached = reachable(to_text, *channel);
  if (!reached) return reached.error();
  const std::string& to = *reached;
  const Time now = env.clock.now();
  auto parts = outgoing_parts(unit, request);
  if (!parts) return parts.error();
  if (auto checked = check_capabilities(*channel, *parts, text_of(*parts)); !checked) return checked.error();

  Contact* contact = unit.contact_by_address("", to);
  const ConversationScope scope = scope_of(*channel, Visibility::private_);
  Conversation* conversation = contact && scope != ConversationScope::thread
                                   ? unit.latest_in_scope(scope_key(scope, channel_name, contact->id, ""))
                                   : nullptr;
  if (conversation && conversation->state == ConversationState::closed) conversation = nullptr;
  const std::string& queue = conversation ? conversation->queue : env.config.queues.front().name;
  if (!request.queues.empty() && std::find(request.queues.begin(), request.queues.end(), queue) == request.queues.end())
    return fail(Errc::denied, "it would go to queue \"" + queue + "\", which is none of yours");
  const ChannelUse* known = conversation ? conversation->use_of(channel_name) : nullptr;
  const ChannelUse planned = known ? *known : ChannelUse{.channel = channel_name, .address = to};
  if (auto checked = check_window(*channel, planned, *parts, now); !checked) return checked.error();
  if (auto checked = check_opt_out(contact, *channel, planned, *parts, now); !checked) return checked.error();

  if (!contact) {
    Contact made;
    made.id = env.ids.next();
    made.created_at = now;
    contact = &unit.add(std::move(made));
    unit.add_address(*contact, Address{.uri = to});
    unit.add(Event{.type = EventType::contact_created, .at = now, .source = "api", .contact = contact->id});
  }
  if (!conversation) {
    Conversation made;
    made.id = env.ids.next();
    made.contact = contact->id;
    made.scope = scope_key(scope, channel_name, contact->id, "");
    made.subject = request.subject;
    made.queue = env.config.queues.front().name;
    made.created_at = made.last_activity_at = now;
    conversation = &unit.add(std::move(made));
    unit.set_decision(conversation->id, "{\"queue\":\"" + conversation->queue +
                                            "\",\"reason\":\"started by us over the API: first queue\",\"rules\":[]}");
    unit.add(Event{.type = EventType::conversation_opened,
                   .at = now,
                   .source = "api",
                   .conversation = conversation->id,
                   .contact = contact->id});
  }
  if (!conversation->use_of(channel_name)) {
    conversation->channels.insert(conversation->channels.begin(), ChannelUse{.channel = channel_name, .address = to});
    unit.changed(*conversation);
  }
  Message message = make_message(env, *conversation, std::move(*parts), request, now);
  const ChannelUse use = *conversation->use_of(channel_name);
  return &queue_message(unit, *conversation, *channel, use, std::move(message), now);
}

}  // namespace jackfield::flow
