#include "flow/merge.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <functional>

namespace jackfield::flow {
namespace {

namespace json = boost::json;

std::string_view view(const json::value& value) {
  return value.is_string() ? std::string_view(value.get_string()) : std::string_view{};
}

// --- the journal's form of what was moved

json::array to_json(const std::vector<Address>& addresses) {
  json::array out;
  for (const auto& address : addresses) out.push_back(json::array{address.uri, address.scope});
  return out;
}

std::vector<Address> addresses_in(const json::object& moved, std::string_view name) {
  std::vector<Address> out;
  const auto* list = moved.if_contains(name);
  if (!list || !list->is_array()) return out;
  for (const auto& entry : list->get_array())
    out.push_back(Address{.uri = std::string(view(entry.at(0))), .scope = std::string(view(entry.at(1)))});
  return out;
}

std::vector<Id> ids_in(const json::object& moved, std::string_view name) {
  std::vector<Id> out;
  const auto* list = moved.if_contains(name);
  if (!list || !list->is_array()) return out;
  for (const auto& entry : list->get_array())
    if (const auto id = parse_id(view(entry))) out.push_back(*id);
  return out;
}

json::object moved_of(const store::Merge& merge) {
  boost::system::error_code ec;
  auto value = json::parse(merge.moved, ec);
  return !ec && value.is_object() ? std::move(value.get_object()) : json::object{};
}

store::Merge& note(store::Unit& unit, const Environment& env, Id id, const Contact& into, const Contact& from,
                   const json::object& moved, const Evidenced& said) {
  store::Merge entry;
  entry.id = id;
  entry.into = into.id;
  entry.from = from.id;
  entry.evidence = said.evidence;
  entry.moved = json::serialize(moved);
  entry.at = env.clock.now();
  return unit.add(std::move(entry));
}

void tell(store::Unit& unit, const Environment& env, EventType type, const store::Merge& merge,
          const std::string& source, bool undone) {
  json::object data{{"merge", to_string(merge.id)}, {"into", to_string(merge.into)}, {"from", to_string(merge.from)}};
  if (undone) data["undone"] = true;
  unit.add(Event{
      .type = type, .at = env.clock.now(), .source = source, .contact = merge.into, .data = json::serialize(data)});
}

// --- addresses

Address* find(Contact& contact, const Address& wanted) {
  const auto at = std::find_if(contact.addresses.begin(), contact.addresses.end(),
                               [&](const Address& has) { return has.same_as(wanted); });
  return at == contact.addresses.end() ? nullptr : &*at;
}

bool holds(const std::vector<Address>& addresses, const std::string& uri, const std::string& scope) {
  return std::any_of(addresses.begin(), addresses.end(),
                     [&](const Address& a) { return a.uri == uri && a.scope == scope; });
}

// With its evidence, name and opt-outs.
void move_address(store::Unit& unit, Contact& from, Contact& into, const Address& which) {
  const Address* has = find(from, which);
  if (!has) return;
  Address moved = *has;
  unit.remove_address(from, moved);
  unit.add_address(into, std::move(moved));
}

// Those named come first and in that order, as they stood before; what came later stays behind them.
void put_in_order(store::Unit& unit, Contact& contact, const std::vector<Address>& order) {
  std::vector<Address> sorted;
  for (const auto& wanted : order)
    if (const auto* has = find(contact, wanted)) sorted.push_back(*has);
  for (const auto& has : contact.addresses)
    if (!holds(order, has.uri, has.scope)) sorted.push_back(has);
  const auto same = [](const Address& a, const Address& b) { return a.same_as(b); };
  if (std::equal(sorted.begin(), sorted.end(), contact.addresses.begin(), contact.addresses.end(), same)) return;
  for (const auto& address : sorted) unit.remove_address(contact, address);
  for (auto& address : sorted) unit.add_address(contact, std::move(address));
}

// --- conversations

// What later messages of the contact join, when it is said by the contact's id.
void rekey(Conversation& conversation, Id from, Id into) {
  const std::string old = ":" + to_string(from);
  std::string& scope = conversation.scope;
  if (scope.starts_with("thread:") || !scope.ends_with(old)) return;
  scope.replace(scope.size() - old.size(), old.size(), ":" + to_string(into));
}

void hand_over(store::Unit& unit, Conversation& conversation, Contact& into) {
  rekey(conversation, conversation.contact, into.id);
  conversation.contact = into.id;
  unit.changed(conversation);
}

// One without a channel is a call's: at the numbers that were to be called.
bool had_at(store::Unit& unit, const Conversation& conversation, const std::vector<Address>& addresses) {
  if (conversation.channels.empty()) {
    const auto callbacks = unit.callbacks_in(conversation.id);
    return !callbacks.empty() && std::all_of(callbacks.begin(), callbacks.end(), [&](const Callback* callback) {
      return holds(addresses, callback->number, "");
    });
  }
  return std::all_of(conversation.channels.begin(), conversation.channels.end(),
                     [&](const ChannelUse& use) { return holds(addresses, use.address, use.scope); });
}

// The messages of a conversation that are of one contact become another's.
void give_messages(store::Unit& unit, Id conversation, const std::function<Id(const Message&)>& whose) {
  for (const Id id : unit.messages_of(conversation)) {
    Message* message = unit.message(id);
    const Id owner = message ? whose(*message) : Id{};
    if (!owner || owner == message->contact) continue;
    message->contact = owner;
    unit.changed(*message);
  }
}

// --- what is known of the person

void learn(std::string& known, const std::string& other, std::string_view name, json::object& moved) {
  if (!known.empty() || other.empty()) return;
  moved[name] = other;
  known = other;
}

void forget(std::string& known, std::string_view name, const json::object& moved) {
  const auto* learned = moved.if_contains(name);
  if (learned && view(*learned) == known) known.clear();
}

void learn_all(Contact& into, const Contact& from, json::object& moved) {
  learn(into.name, from.name, "name", moved);
  learn(into.language, from.language, "language", moved);
  json::object attributes;
  for (const auto& [key, value] : from.attributes)
    if (into.attributes.emplace(key, value).second) attributes[key] = value;
  json::array tags;
  for (const auto& tag : from.tags) {
    if (std::find(into.tags.begin(), into.tags.end(), tag) != into.tags.end()) continue;
    into.tags.push_back(tag);
    tags.emplace_back(tag);
  }
  moved["attributes"] = std::move(attributes);
  moved["tags"] = std::move(tags);
}

void forget_all(Contact& into, const json::object& moved) {
  forget(into.name, "name", moved);
  forget(into.language, "language", moved);
  if (const auto* attributes = moved.if_contains("attributes"))
    for (const auto& [key, value] : attributes->as_object()) {
      const auto at = into.attributes.find(std::string(key));
      if (at != into.attributes.end() && at->second == view(value)) into.attributes.erase(at);
    }
  if (const auto* tags = moved.if_contains("tags"))
    for (const auto& tag : tags->as_array()) std::erase(into.tags, view(tag));
}

// --- undoing

Error in_the_way(const std::string& what) { return fail(Errc::conflict, what + ": undo what came later first"); }

Result<void> check_merge(store::Unit& unit, const store::Merge& entry, Contact& into, const Contact& from,
                         const std::vector<Address>& addresses) {
  if (from.merged_into != into.id)
    return in_the_way("contact " + to_string(from.id) + " does not live on in " + to_string(into.id) + " any more");
  for (const auto& address : addresses) {
    const Contact* owner = unit.contact_by_address(address.scope, address.uri);
    if (owner && owner->id != entry.into)
      return in_the_way(address.uri + " belongs to contact " + to_string(owner->id) + " by now");
  }
  return {};
}

Result<void> undo_the_merge(store::Unit& unit, const store::Merge& entry, Contact& into, Contact& from) {
  const auto moved = moved_of(entry);
  const auto addresses = addresses_in(moved, "addresses");
  if (auto free = check_merge(unit, entry, into, from, addresses); !free) return free;
  const auto conversations = ids_in(moved, "conversations");
  for (auto* conversation : unit.conversations_of(into.id)) {
    const bool went = std::find(conversations.begin(), conversations.end(), conversation->id) != conversations.end();
    if (!went && !(conversation->id > entry.id && had_at(unit, *conversation, addresses))) continue;
    hand_over(unit, *conversation, from);
    give_messages(unit, conversation->id, [&](const Message& message) {
      return message.id > entry.id && living_contact(unit, message.contact) == &into ? from.id : Id{};
    });
  }
  for (const auto& address : addresses) move_address(unit, into, from, address);
  put_in_order(unit, into, addresses_in(moved, "order"));
  forget_all(into, moved);
  from.merged_into = Id{};
  unit.changed(into);
  unit.changed(from);
  return {};
}

// All that the contact which was split off has by now comes back.
Result<void> undo_the_split(store::Unit& unit, const store::Merge& entry, Contact& into, Contact& from) {
  if (from.merged_into) return in_the_way("contact " + to_string(from.id) + " was merged");
  const auto moved = moved_of(entry);
  for (auto* conversation : unit.conversations_of(from.id)) hand_over(unit, *conversation, into);
  for (const auto& [id, was] : moved.at("messages").as_object()) {
    auto* message = unit.message(parse_id(std::string_view(id)).value_or(Id{}));
    if (!message) continue;
    message->contact = parse_id(view(was)).value_or(into.id);
    unit.changed(*message);
  }
  const auto addresses = from.addresses;
  for (const auto& address : addresses) move_address(unit, from, into, address);
  put_in_order(unit, into, addresses_in(moved, "order"));
  from.merged_into = into.id;
  unit.changed(into);
  unit.changed(from);
  return {};
}

Result<std::vector<Address>> addresses_to_split(const Contact& contact, const std::vector<std::string>& written) {
  std::vector<Address> out;
  for (const auto& text : written) {
    const auto uri = normalize_address(text);
    if (!uri) return uri.error();
    const std::size_t before = out.size();
    for (const auto& has : contact.addresses)
      if (has.uri == *uri && !holds(out, has.uri, has.scope)) out.push_back(has);
    if (out.size() == before && !std::any_of(out.begin(), out.end(), [&](const auto& a) { return a.uri == *uri; }))
      return fail(Errc::invalid, "addresses: contact " + to_string(contact.id) + " has no address " + *uri);
  }
  if (out.empty()) return fail(Errc::invalid, "addresses: name those that the new contact gets");
  if (out.size() == contact.addresses.size())
    return fail(Errc::invalid, "addresses: these are all that the contact has; one must stay");
  return out;
}

}  // namespace

Contact* living_contact(store::Unit& unit, Id id) {
  Contact* contact = unit.contact(id);
  while (contact && contact->merged_into) contact = unit.contact(contact->merged_into);
  return contact;
}

std::string kind_of(const store::Merge& merge) {
  const auto moved = moved_of(merge);
  const auto* kind = moved.if_contains("kind");
  return kind ? std::string(view(*kind)) : "merge";
}

Result<store::Merge*> merge_contacts(store::Unit& unit, const Environment& env, Id into_id, Id from_id,
                                     const Evidenced& said) {
  Contact* into = living_contact(unit, into_id);
  Contact* from = living_contact(unit, from_id);
  if (!into || !from) return fail(Errc::not_found, "no contact " + to_string(into ? from_id : into_id));
  if (into == from)
    return fail(Errc::conflict, "contacts " + to_string(into_id) + " and " + to_string(from_id) + " are one already");
  json::object moved{{"kind", "merge"}, {"order", to_json(into->addresses)}, {"addresses", to_json(from->addresses)}};
  json::array conversations;
  for (auto* conversation : unit.conversations_of(from->id)) {
    conversations.emplace_back(to_string(conversation->id));
    hand_over(unit, *conversation, *into);
  }
  moved["conversations"] = std::move(conversations);
  learn_all(*into, *from, moved);
  const auto addresses = from->addresses;
  for (const auto& address : addresses) move_address(unit, *from, *into, address);
  from->merged_into = into->id;
  unit.changed(*into);
  unit.changed(*from);
  auto& entry = note(unit, env, env.ids.next(), *into, *from, moved, said);
  tell(unit, env, EventType::contact_merged, entry, said.source, false);
  return &entry;
}

Result<store::Merge*> split_contact(store::Unit& unit, const Environment& env, Id id,
                                    const std::vector<std::string>& written, const Evidenced& said) {
  Contact* contact = living_contact(unit, id);
  if (!contact) return fail(Errc::not_found, "no contact " + to_string(id));
  const auto addresses = addresses_to_split(*contact, written);
  if (!addresses) return addresses.error();
  json::object moved{{"kind", "split"}, {"order", to_json(contact->addresses)}, {"addresses", to_json(*addresses)}};
  Contact made;
  made.id = env.ids.next();
  made.name = addresses->front().name;
  made.language = contact->language;
  made.created_at = env.clock.now();
  Contact& apart = unit.add(std::move(made));
  json::object messages;  // whose they were
  for (auto* conversation : unit.conversations_of(contact->id)) {
    if (!had_at(unit, *conversation, *addresses)) continue;
    hand_over(unit, *conversation, apart);
    give_messages(unit, conversation->id, [&](const Message& message) {
      const Contact* owner = living_contact(unit, message.contact);
      if (owner != contact) return Id{};
      messages[to_string(message.id)] = to_string(message.contact);
      return apart.id;
    });
  }
  moved["messages"] = std::move(messages);
  for (const auto& address : *addresses) move_address(unit, *contact, apart, address);
  auto& entry = note(unit, env, env.ids.next(), *contact, apart, moved, said);
  tell(unit, env, EventType::contact_split, entry, said.source, false);
  return &entry;
}

Result<store::Merge*> undo_merge(store::Unit& unit, const Environment& env, Id id, const std::string& source) {
  store::Merge* entry = unit.merge(id);
  if (!entry) return fail(Errc::not_found, "no merge " + to_string(id));
  if (entry->undone_at != Time{}) return fail(Errc::conflict, "it was undone already");
  Contact* into = unit.contact(entry->into);
  Contact* from = unit.contact(entry->from);
  if (!into || !from) return fail(Errc::not_found, "a contact of merge " + to_string(id) + " is gone");
  if (into->merged_into) return in_the_way("contact " + to_string(into->id) + " was merged into another");
  const bool was_split = kind_of(*entry) == "split";
  const auto undone =
      was_split ? undo_the_split(unit, *entry, *into, *from) : undo_the_merge(unit, *entry, *into, *from);
  if (!undone) return undone.error();
  entry->undone_at = env.clock.now();
  unit.changed(*entry);
  tell(unit, env, was_split ? EventType::contact_merged : EventType::contact_split, *entry, source, true);
  return entry;
}

}  // namespace jackfield::flow
