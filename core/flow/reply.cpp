// Reply: an answer is checked against its channel's rules, stored, and put into the outbox, in one transaction.
#include <algorithm>

#include "flow/channel_rules.hpp"
#include "flow/convert.hpp"
#include "flow/figures.hpp"
#include "flow/operations.hpp"
#include "flow/outbound_message.hpp"
#include "flow/reach.hpp"
#include "flow/service_levels.hpp"
#include "flow/thread.hpp"
#include "flow/window.hpp"

namespace jackfield::flow {
namespace {

namespace json = boost::json;

std::string text_in(const json::object& part, std::string_view name) {
  const auto* value = part.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string{};
}

// Files reach people only with the messages that they may see, so nobody sends one that is none of theirs.
bool may_use(store::Unit& unit, const ReplyRequest& request, const store::Media& media) {
  if (request.queues.empty() || (!media.owner.empty() && media.owner == request.token)) return true;
  const Message* message = media.message ? unit.message(media.message) : nullptr;
  const Conversation* conversation = message ? unit.conversation(message->conversation) : nullptr;
  const auto& queues = request.queues;
  return conversation && std::find(queues.begin(), queues.end(), conversation->queue) != queues.end();
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
    if (!media || !may_use(unit, request, *media))
      return fail(Errc::invalid,
                  "parts[" + std::to_string(i) + "].id names no media; upload it with POST /v1/media first");
    part["media_type"] = media->media_type;
    if (text_in(part, "name").empty()) part["name"] = media->name;
    part["size"] = media->size;
    part["state"] = "ready";
  }
  return parts;
}

Message make_note(const Environment& env, const Conversation& conversation, json::array parts,
                  const ReplyRequest& request) {
  Message message;
  message.id = env.ids.next();
  message.conversation = conversation.id;
  message.contact = conversation.contact;
  message.content.from.name = request.author;
  message.content.parts = std::move(parts);
  message.content.text = text_of(message.content.parts);
  message.content.subject = request.subject;
  message.received_at = env.clock.now();
  return message;
}

// From here on a file belongs to the message; one that belongs to another already is named once more.
void claim_media(store::Unit& unit, const Environment& env, Message& message) {
  for (auto& entry : message.content.parts) {
    auto& part = entry.get_object();
    const auto id = text_in(part, "type") == "media" ? parse_id(text_in(part, "id")) : std::nullopt;
    auto* media = id ? unit.media(*id) : nullptr;
    if (!media) continue;
    if (!media->message) {
      media->message = message.id;
      unit.changed(*media);
      continue;
    }
    store::Media copy = *media;
    copy.id = env.ids.next();
    copy.message = message.id;
    part["id"] = to_string(unit.add(std::move(copy)).id);
  }
}

Message& add_note(store::Unit& unit, const Environment& env, Conversation& conversation, Message message, Time now) {
  message.direction = Direction::note;
  claim_media(unit, env, message);
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
Message& queue_message(store::Unit& unit, const Environment& env, Conversation& conversation, const Channel& channel,
                       const ChannelUse& use, Message message, Time now) {
  message.status = Status::queued;
  message.track.history.push_back({Status::queued, now});
  claim_media(unit, env, message);
  conversation.last_activity_at = now;
  if (message.content.automatic.empty()) {
    responded(unit, env, conversation, message.channel, message.content.from.name, now);
  } else {  // what a machine says is no answer: the customer goes on waiting
    conversation.work.answered_by_rule = conversation.work.changed = true;
    count_message(unit, env, conversation, message.channel, Count::messages_automatic, now);
  }
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

// The newest message of that side, as far as it is there.
const Message* newest(store::Unit& unit, const ChannelUse& use, Visibility side) {
  for (const Id id : {side == Visibility::public_ ? use.last_public : use.last_private, use.last_inbound}) {
    const Message* message = id ? unit.message(id) : nullptr;
    if (message && message->visibility == side) return message;
  }
  return nullptr;
}

// What a reply answers: named, or the last that came on that channel, on the side that was chosen. Which of them, null
// for none.
Result<const Message*> answered(store::Unit& unit, const ReplyRequest& request, const ChannelUse& use,
                                Id conversation) {
  const auto own = [&](const Message* message) {
    return message && message->conversation == conversation ? message : nullptr;
  };
  if (request.reply_to) {
    const Message* parent = own(unit.message(request.reply_to));
    if (!parent) return fail(Errc::invalid, "reply_to names no message of this conversation");
    if (request.visibility == Visibility::public_ && parent->visibility == Visibility::private_)
      return fail(Errc::invalid, "reply_to names a private message, which is not answered in public");
    return parent;
  }
  if (!request.visibility) return own(use.last_inbound ? unit.message(use.last_inbound) : nullptr);
  const Message* parent = own(newest(unit, use, *request.visibility));
  if (!parent && request.visibility == Visibility::public_)
    return fail(Errc::conflict, "nobody wrote in public on channel " + use.channel + ": there is nothing to answer");
  return parent;
}

// Which side it is said on. What was said privately is never told in public by mistake: where a conversation has both
// sides, the public one must be chosen (docs/decisions/0024-continuity.md).
Result<void> set_reply_to(store::Unit& unit, const ReplyRequest& request, const Conversation* conversation,
                          const ChannelUse& use, Message& message) {
  const auto found = answered(unit, request, use, message.conversation);
  if (!found) return found.error();
  const Message* parent = *found;
  if (!parent) return {};
  if (request.automatic && !parent->content.automatic.empty())
    return fail(Errc::conflict, "a machine wrote what it answers: machines are answered by people only");
  message.visibility = request.visibility.value_or(parent->visibility);
  if (message.visibility != parent->visibility) return {};  // said privately of what is public: nothing to quote
  message.content.reply_to = parent->id;
  if (request.reply_to && !parent->track.provider_ids.empty())
    message.content.quoted = parent->track.provider_ids.front();
  const bool chosen = request.reply_to || request.visibility;
  if (message.visibility == Visibility::public_ && !chosen && conversation &&
      conversation->was_said(Visibility::private_))
    return fail(Errc::conflict,
                "this conversation has a public and a private side, and its last message is public: choose "
                "\"visibility\" or \"reply_to\"");
  return {};
}

// A message as it would leave, and why it may not; nothing is stored yet.
struct Planned {
  const Channel* channel = nullptr;
  Contact* contact = nullptr;            // null: to be made
  Conversation* conversation = nullptr;  // null: to be made
  ChannelUse use;
  Message message;
  std::vector<Refusal> refusals;
};

void address(Planned& plan, const Environment& env, const ReplyRequest& request, json::array parts) {
  Message& message = plan.message;
  message.content.converted = convert(parts, plan.channel->manifest.converts);
  message.id = env.ids.next();
  if (plan.conversation) message.conversation = plan.conversation->id;
  if (plan.contact) message.contact = plan.contact->id;
  message.direction = Direction::out;
  message.channel = plan.channel->policy.name;
  message.content.from.name = request.author;
  message.content.to = {Address{.uri = plan.use.address, .scope = plan.use.scope}};
  message.content.parts = std::move(parts);
  message.content.text = text_of(message.content.parts);
  message.content.subject = request.subject;
  if (request.automatic) message.content.automatic = plan.conversation ? "reply" : "notice";
  message.received_at = env.clock.now();
}

Result<Planned> plan_reply(store::Unit& unit, const Environment& env, Conversation& conversation,
                           const ReplyRequest& request, json::array parts) {
  if (conversation.channels.empty()) return fail(Errc::conflict, "this conversation has no channel to reply on");
  const std::string name = request.channel.value_or(conversation.channels.front().channel);
  Planned plan;
  plan.channel = env.channel(name);
  if (!plan.channel) return fail(Errc::invalid, "no channel is called \"" + name + "\"");
  plan.conversation = &conversation;
  plan.contact = unit.contact(conversation.contact);
  auto use = find_use(unit, *plan.channel, plan.contact, conversation, env.clock.now());
  if (!use) return use.error();
  plan.use = std::move(*use);
  address(plan, env, request, std::move(parts));
  if (auto set = set_reply_to(unit, request, &conversation, plan.use, plan.message); !set) return set.error();
  plan.refusals = refusals(*plan.channel, plan.use, plan.contact, plan.message.content, env.clock.now());
  return plan;
}

// They may have written in another conversation.
void extend_window(store::Unit& unit, Planned& plan) {
  for (const auto& use : uses_in(unit.recent_conversations(plan.contact->id, kLookedThrough), Id{}))
    if (use.channel == plan.use.channel && use.address == plan.use.address)
      plan.use.last_inbound_at = std::max(plan.use.last_inbound_at, use.last_inbound_at);
}

// The conversation goes on over a channel that it did not have: there an answer finds it, where conversations are the
// contact's.
void take_up(store::Unit& unit, Conversation& conversation, const Channel& channel, ChannelUse use) {
  use.last_inbound = use.last_private = use.last_public = Id{};
  conversation.channels.push_back(std::move(use));
  const auto scope = scope_of(channel, Visibility::private_);
  if (!conversation.scope.empty() || scope == ConversationScope::thread) return;
  const auto key = scope_key(scope, channel.policy.name, conversation.contact, "");
  auto* other = unit.latest_in_scope(key);
  if (other && other->state != ConversationState::closed) return;
  if (other) {  // or it would be found first
    other->scope.clear();
    unit.changed(*other);
  }
  conversation.scope = key;
}

Result<Planned> plan_start(store::Unit& unit, const Environment& env, const std::string& channel_name,
                           const std::string& to, const ReplyRequest& request) {
  Planned plan;
  plan.channel = env.channel(channel_name);
  if (!plan.channel) return fail(Errc::invalid, "no channel is called \"" + channel_name + "\"");
  const auto reached = reachable(to, *plan.channel);
  if (!reached) return reached.error();
  auto parts = outgoing_parts(unit, request);
  if (!parts) return parts.error();
  plan.contact = unit.contact_by_address("", *reached);
  const ConversationScope scope = scope_of(*plan.channel, Visibility::private_);
  if (plan.contact && scope != ConversationScope::thread)
    plan.conversation = unit.latest_in_scope(scope_key(scope, channel_name, plan.contact->id, ""));
  if (plan.conversation && plan.conversation->state == ConversationState::closed) plan.conversation = nullptr;
  const std::string& queue = plan.conversation ? plan.conversation->queue : env.config.queues.front().name;
  if (!request.queues.empty() && std::find(request.queues.begin(), request.queues.end(), queue) == request.queues.end())
    return fail(Errc::denied, "it would go to queue \"" + queue + "\", which is none of yours");
  const ChannelUse* known = plan.conversation ? plan.conversation->use_of(channel_name) : nullptr;
  plan.use = known ? *known : ChannelUse{.channel = channel_name, .address = *reached};
  if (plan.contact && !window_of(plan.use, *plan.channel, env.clock.now()).open) extend_window(unit, plan);
  address(plan, env, request, std::move(*parts));
  plan.refusals = refusals(*plan.channel, plan.use, plan.contact, plan.message.content, env.clock.now());
  return plan;
}

void make_contact(store::Unit& unit, const Environment& env, Planned& plan, Time now) {
  Contact made;
  made.id = env.ids.next();
  made.created_at = now;
  plan.contact = &unit.add(std::move(made));
  unit.add_address(*plan.contact, Address{.uri = plan.use.address, .evidence = Evidence::entered});
  unit.add(Event{.type = EventType::contact_created, .at = now, .source = "api", .contact = plan.contact->id});
}

void make_conversation(store::Unit& unit, const Environment& env, Planned& plan, const std::string& subject, Time now) {
  Conversation made;
  made.id = env.ids.next();
  made.contact = plan.contact->id;
  made.scope =
      scope_key(scope_of(*plan.channel, Visibility::private_), plan.channel->policy.name, plan.contact->id, "");
  made.subject = subject;
  made.queue = env.config.queues.front().name;
  made.created_at = made.last_activity_at = now;
  plan.conversation = &unit.add(std::move(made));
  unit.set_decision(plan.conversation->id,
                    "{\"queue\":\"" + plan.conversation->queue +
                        "\",\"reason\":\"started by us over the API: first queue\",\"rules\":[]}");
  unit.add(Event{.type = EventType::conversation_opened,
                 .at = now,
                 .source = "api",
                 .conversation = plan.conversation->id,
                 .contact = plan.contact->id});
  unit.add(Event{.type = EventType::conversation_routed,
                 .at = now,
                 .source = "api",
                 .conversation = plan.conversation->id,
                 .contact = plan.contact->id,
                 .data = "{\"queue\":\"" + plan.conversation->queue +
                         "\",\"reason\":\"started by us over the API: first queue\"}"});
}

DryRun told_of(store::Unit& unit, const Environment& env, const Planned& plan) {
  DryRun out;
  out.channel = plan.channel->policy.name;
  out.message = open_outbound_message(unit, env, plan.message);
  close_outbound_message(out.message, {});
  const ReplyWindow window = window_of(plan.use, *plan.channel, env.clock.now());
  json::array problems;
  for (const auto& refusal : plan.refusals)
    problems.push_back(json::object{{"class", refusal.error_class}, {"detail", refusal.error.message}});
  out.told = {{"channel", out.channel},
              {"to", json::array{json::object{{"address", plan.use.address}}}},
              {"visibility", name_of(plan.message.visibility)},
              {"text", plan.message.content.text},
              {"parts", plan.message.content.parts},
              {"converted", plan.message.content.converted},
              {"window", json::object{{"open", window.open},
                                      {"until", window.until == Time{} ? json::value(nullptr)
                                                                       : json::value(to_rfc3339(window.until))},
                                      {"template_needed", window.template_needed}}},
              {"sendable", plan.refusals.empty()},
              {"problems", std::move(problems)}};
  return out;
}

}  // namespace

Result<Message*> reply(store::Unit& unit, const Environment& env, Id id, ReplyRequest request) {
  Conversation* conversation = unit.conversation(id);
  if (!conversation) return fail(Errc::not_found, "no such conversation");
  auto parts = outgoing_parts(unit, request);
  if (!parts) return parts.error();
  if (request.note)
    return &add_note(unit, env, *conversation, make_note(env, *conversation, std::move(*parts), request),
                     env.clock.now());
  auto plan = plan_reply(unit, env, *conversation, request, std::move(*parts));
  if (!plan) return plan.error();
  if (!plan->refusals.empty()) return plan->refusals.front().error;
  if (!conversation->use_of(plan->use.channel)) take_up(unit, *conversation, *plan->channel, plan->use);
  return &queue_message(unit, env, *conversation, *plan->channel, plan->use, std::move(plan->message), env.clock.now());
}

Result<Message*> start(store::Unit& unit, const Environment& env, const std::string& channel, const std::string& to,
                       ReplyRequest request) {
  auto plan = plan_start(unit, env, channel, to, request);
  if (!plan) return plan.error();
  if (!plan->refusals.empty()) return plan->refusals.front().error;
  const Time now = env.clock.now();
  if (!plan->contact) make_contact(unit, env, *plan, now);
  if (!plan->conversation) make_conversation(unit, env, *plan, request.subject, now);
  Conversation& conversation = *plan->conversation;
  if (!conversation.use_of(channel)) {
    conversation.channels.insert(conversation.channels.begin(), plan->use);
    unit.changed(conversation);
  }
  plan->message.conversation = conversation.id;
  plan->message.contact = plan->contact->id;
  return &queue_message(unit, env, conversation, *plan->channel, plan->use, std::move(plan->message), now);
}

Result<DryRun> dry_run_reply(store::Unit& unit, const Environment& env, Id id, const ReplyRequest& request) {
  Conversation* conversation = unit.conversation(id);
  if (!conversation) return fail(Errc::not_found, "no such conversation");
  if (request.note) return fail(Errc::invalid, "a note leaves over no channel");
  auto parts = outgoing_parts(unit, request);
  if (!parts) return parts.error();
  auto plan = plan_reply(unit, env, *conversation, request, std::move(*parts));
  if (!plan) return plan.error();
  return told_of(unit, env, *plan);
}

Result<DryRun> dry_run_start(store::Unit& unit, const Environment& env, const std::string& channel,
                             const std::string& to, const ReplyRequest& request) {
  auto plan = plan_start(unit, env, channel, to, request);
  if (!plan) return plan.error();
  return told_of(unit, env, *plan);
}

}  // namespace jackfield::flow
