#include "flow/identify.hpp"

#include <algorithm>

namespace jackfield::flow {
namespace {

bool joins(const Environment& env, const Channel& channel, const Address& address) {
  if (address.evidence != Evidence::attested) return false;
  const auto scheme = scheme_of(address.uri);
  if (scheme == channel.manifest.scheme) return true;
  return std::find(env.config.join_on.begin(), env.config.join_on.end(), scheme) != env.config.join_on.end();
}

bool owns(const Contact& contact, const Address& address) {
  return std::any_of(contact.addresses.begin(), contact.addresses.end(),
                     [&](const Address& a) { return a.same_as(address); });
}

Contact& make_contact(store::Unit& unit, const Environment& env, const Channel& channel, const Address& from,
                      Time now) {
  Contact contact;
  contact.id = env.ids.next();
  contact.name = from.name;
  contact.created_at = now;
  Contact& made = unit.add(std::move(contact));
  unit.add_address(made, from);
  unit.add(Event{.type = EventType::contact_created, .at = now, .source = channel.policy.name, .contact = made.id});
  return made;
}

}  // namespace

void add_missing(store::Unit& unit, Contact& contact, const Address& address) {
  if (owns(contact, address) || unit.contact_by_address(address.scope, address.uri)) return;
  unit.add_address(contact, address);
}

Identified find_contact(store::Unit& unit, const Environment& env, const Channel& channel, const Address& from,
                        const std::vector<Address>& also) {
  Identified out;
  out.contact = unit.contact_by_address(from.scope, from.uri);
  if (out.contact) out.how = from.uri + " is known";
  for (const auto& other : also) {
    if (out.contact) break;
    if (!joins(env, channel, other)) continue;
    out.contact = unit.contact_by_address(other.scope, other.uri);
    if (out.contact) out.how = other.uri + ", which " + channel.policy.plugin + " attests, is known";
  }
  return out;
}

Identified identify(store::Unit& unit, const Environment& env, const Channel& channel, const Address& from,
                    const std::vector<Address>& also, Time now) {
  Identified out = find_contact(unit, env, channel, from, also);
  if (!out.contact) {
    out.contact = &make_contact(unit, env, channel, from, now);
    out.made = true;
    out.how = from.uri + " is new";
  }
  add_missing(unit, *out.contact, from);
  for (const auto& other : also) add_missing(unit, *out.contact, other);
  if (out.contact->name.empty() && !from.name.empty()) {
    out.contact->name = from.name;
    unit.changed(*out.contact);
  }
  return out;
}

}  // namespace jackfield::flow
