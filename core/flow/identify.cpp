#include "flow/identify.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "flow/merge.hpp"

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

// As it is kept; a claim of this message alone proves nothing of who had the address before.
Evidence evidence_at(const Contact& contact, const Address& address) {
  for (const auto& has : contact.addresses)
    if (has.same_as(address)) return has.evidence;
  return Evidence::guessed;
}

bool attested_at(const Contact& contact, const Address& address) {
  return evidence_at(contact, address) == Evidence::attested;
}

Evidenced vouched(const Channel& channel, const Address& from, const Address& other) {
  boost::json::object out{{"by", "channel"},     {"channel", channel.policy.name}, {"plugin", channel.policy.plugin},
                          {"address", from.uri}, {"same_as", other.uri},           {"evidence", "attested"}};
  return {boost::json::serialize(out), channel.policy.name};
}

}  // namespace

Contact* join_attested(store::Unit& unit, const Environment& env, const Channel& channel, Contact* contact,
                       const Address& from, const std::vector<Address>& also) {
  if (from.evidence != Evidence::attested) return contact;
  for (const auto& other : also) {
    if (!joins(env, channel, other)) continue;
    const Contact* owner = unit.contact_by_address(other.scope, other.uri);
    if (!owner || owner == contact || !attested_at(*owner, other) || !attested_at(*contact, from)) continue;
    const Id into = std::min(owner->id, contact->id), gone = std::max(owner->id, contact->id);
    const auto merged = merge_contacts(unit, env, into, gone, vouched(channel, from, other));
    if (merged) contact = unit.contact(into);
  }
  return contact;
}

void add_missing(store::Unit& unit, Contact& contact, const Address& address) {
  if (owns(contact, address) || unit.contact_by_address(address.scope, address.uri)) return;
  unit.add_address(contact, address);
}

void add_vouched(store::Unit& unit, Contact& contact, const std::vector<Address>& also) {
  for (const auto& other : also)
    if (is_vouched_for(other.evidence)) add_missing(unit, contact, other);
}

Identified find_contact(store::Unit& unit, const Environment& env, const Channel& channel, const Address& from,
                        const std::vector<Address>& also) {
  Identified out;
  out.contact = unit.contact_by_address(from.scope, from.uri);
  if (out.contact) out.how = from.uri + " is known";
  for (const auto& other : also) {
    if (out.contact) break;
    if (!joins(env, channel, other)) continue;
    // Whoever merely claimed the address before must not receive its owner's messages.
    Contact* owner = unit.contact_by_address(other.scope, other.uri);
    if (owner && is_vouched_for(evidence_at(*owner, other))) out.contact = owner;
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
  out.contact = join_attested(unit, env, channel, out.contact, from, also);
  add_vouched(unit, *out.contact, also);
  if (out.contact->name.empty() && !from.name.empty()) {
    out.contact->name = from.name;
    unit.changed(*out.contact);
  }
  return out;
}

}  // namespace jackfield::flow
