#include "flow/person.hpp"

#include <algorithm>

#include "flow/identify.hpp"
#include "flow/opt_out.hpp"
#include "flow/thread.hpp"

namespace jackfield::flow {
namespace {

using store::KeyKind;
using store::provider_key;

bool came_before(store::Unit& unit, const Environment& env, const Arrival& arrival) {
  if (arrival.event.dedupe.empty()) return false;
  const auto key = provider_key(arrival.channel, KeyKind::dedupe, arrival.event.dedupe);
  if (unit.message_by_key(key)) return true;
  unit.bind_key(key, env.ids.next());
  return false;
}

// Who has the address; else who has one that it came in the place of: that is the same person.
Contact* whose(store::Unit& unit, const Environment& env, const Channel& channel, const Inbound& event) {
  if (auto known = find_contact(unit, env, channel, event.content.from, event.also); known.contact)
    return known.contact;
  for (const auto& old : event.replaced)
    if (auto* contact = unit.contact_by_address(old.scope, old.uri)) return contact;
  return nullptr;
}

// Answers in what is under way go to the address that is theirs now.
void redirect(store::Unit& unit, Id contact, const std::string& channel, const Address& old, const Address& now) {
  for (auto* conversation : unit.conversations_of(contact)) {
    auto* use = conversation->use_of(channel);
    if (!use || use->address != old.uri || use->scope != old.scope) continue;
    use->address = now.uri;
    use->scope = now.scope;
    unit.changed(*conversation);
  }
}

// What they said of messages to the old address holds for the new one.
bool replace(store::Unit& unit, const std::string& channel, const Address& old, Address& now) {
  Contact* owner = unit.contact_by_address(old.scope, old.uri);
  if (!owner || old.same_as(now)) return false;
  for (const auto& has : owner->addresses)
    if (has.same_as(old) && now.opt_outs.empty()) now.opt_outs = has.opt_outs;
  unit.remove_address(*owner, old);
  redirect(unit, owner->id, channel, old, now);
  return true;
}

void say_whether_wanted(store::Unit& unit, const Environment& env, const Channel& channel, Contact& contact,
                        const Inbound& event, Time now) {
  // A provider's clock that runs ahead must not outlast what comes without a time.
  const Time said_at = std::min(event.sent_at.value_or(now), now);
  auto addresses = event.also;
  addresses.insert(addresses.begin(), event.content.from);
  for (const auto& address : addresses) {
    if (scheme_of(address.uri) != channel.manifest.scheme) continue;
    if (*event.opted_out)
      opt_out(unit, env, contact, address, {channel.policy.name, event.reason, said_at});
    else
      opt_in(unit, env, contact, address, channel.policy.name, said_at);
  }
}

}  // namespace

Received receive_contact(store::Unit& unit, const Environment& env, const Channel& channel, const Arrival& arrival) {
  if (came_before(unit, env, arrival)) return Received::duplicate;
  const Inbound& event = arrival.event;
  const Time now = env.clock.now();
  Contact* contact = whose(unit, env, channel, event);
  if (!contact && event.opted_out.value_or(false))
    contact = identify(unit, env, channel, event.content.from, event.also, now).contact;
  if (!contact) return Received::stored;

  Address from = event.content.from;
  std::size_t replaced = 0;
  for (const auto& old : event.replaced) replaced += replace(unit, channel.policy.name, old, from);
  const Id was = contact->id;
  const std::size_t before = contact->addresses.size();
  add_missing(unit, *contact, from);
  contact = join_attested(unit, env, channel, contact, from, event.also);
  add_vouched(unit, *contact, event.also);
  if (contact->name.empty() && !from.name.empty()) {
    contact->name = from.name;
    unit.changed(*contact);
  }
  if (replaced > 0 || contact->addresses.size() > before || contact->id != was)
    tell_contact(unit, env, *contact, channel.policy.name, ",\"replaced\":" + std::to_string(replaced));
  if (event.opted_out) say_whether_wanted(unit, env, channel, *contact, event, now);
  return Received::stored;
}

Received receive_typing(store::Unit& unit, const Environment& env, const Channel& channel, const Arrival& arrival) {
  const Inbound& event = arrival.event;
  const auto known = find_contact(unit, env, channel, event.content.from, event.also);
  if (!known.contact) return Received::stored;
  const auto scope = scope_of(channel, Visibility::private_);
  const auto key = scope_key(scope, channel.policy.name, known.contact->id, "");
  const Conversation* conversation = key.empty() ? nullptr : unit.latest_in_scope(key);
  if (!conversation || conversation->state == ConversationState::closed) return Received::stored;
  std::string data = "{\"channel\":";
  append_string(data, channel.policy.name);
  unit.add(Event{.type = EventType::conversation_typing,
                 .at = env.clock.now(),
                 .source = channel.policy.name,
                 .conversation = conversation->id,
                 .contact = known.contact->id,
                 .data = data + "}"});
  return Received::stored;
}

}  // namespace jackfield::flow
