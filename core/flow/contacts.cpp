#include "flow/contacts.hpp"

#include <algorithm>

#include "flow/merge.hpp"

namespace jackfield::flow {
namespace {

// Whoever imports or edits says that it is theirs: a stronger word than the person's own claim.
bool to_be_entered(const Contact* owner, const std::string& uri) {
  if (!owner) return true;
  return std::any_of(owner->addresses.begin(), owner->addresses.end(), [&](const Address& has) {
    return has.uri == uri && has.scope.empty() && !is_vouched_for(has.evidence);
  });
}

Result<void> apply(store::Unit& unit, Contact& contact, const ContactPatch& patch) {
  std::vector<Address> addresses;
  for (const auto& written : patch.add_addresses) {
    const auto normal = normalize_address(written);
    if (!normal) return normal.error();
    const std::string& uri = *normal;
    const Contact* owner = unit.contact_by_address("", uri);
    if (owner && owner->id != contact.id)
      return fail(Errc::conflict, uri + " belongs to contact " + to_string(owner->id));
    if (to_be_entered(owner, uri)) addresses.push_back(Address{.uri = uri, .evidence = Evidence::entered});
  }
  if (patch.name) contact.name = *patch.name;
  if (patch.language) contact.language = *patch.language;
  if (patch.tags) contact.tags = *patch.tags;
  for (const auto& [key, value] : patch.attributes) {
    if (value)
      contact.attributes[key] = *value;
    else
      contact.attributes.erase(key);
  }
  for (auto& address : addresses) unit.add_address(contact, std::move(address));
  unit.changed(contact);
  return {};
}

// Everything that could refuse is asked before the contact is made.
Result<void> check_addresses(store::Unit& unit, const ContactPatch& fields) {
  for (const auto& written : fields.add_addresses) {
    const auto uri = normalize_address(written);
    if (!uri) return uri.error();
    if (const Contact* owner = unit.contact_by_address("", *uri))
      return fail(Errc::conflict, *uri + " belongs to contact " + to_string(owner->id));
  }
  return {};
}

// Whose the entry is; null: nobody's yet.
Result<Contact*> owner_of(store::Unit& unit, const ContactPatch& entry) {
  Contact* owner = nullptr;
  for (const auto& written : entry.add_addresses) {
    const auto uri = normalize_address(written);
    if (!uri) return uri.error();
    Contact* has = unit.contact_by_address("", *uri);
    if (has && owner && has != owner)
      return fail(Errc::conflict, "its addresses belong to contacts " + to_string(owner->id) + " and " +
                                      to_string(has->id) + "; merge them first");
    if (has) owner = has;
  }
  return owner;
}

bool says_something_new(store::Unit& unit, const Contact& contact, const ContactPatch& entry) {
  if (entry.name && *entry.name != contact.name) return true;
  if (entry.language && *entry.language != contact.language) return true;
  if (entry.tags && *entry.tags != contact.tags) return true;
  for (const auto& [key, value] : entry.attributes) {
    const auto at = contact.attributes.find(key);
    if (at == contact.attributes.end() ? value.has_value() : value != at->second) return true;
  }
  return std::any_of(entry.add_addresses.begin(), entry.add_addresses.end(), [&](const auto& written) {
    const auto uri = normalize_address(written).value();
    return to_be_entered(unit.contact_by_address("", uri), uri);
  });
}

}  // namespace

Result<Contact*> create_contact(store::Unit& unit, const Environment& env, const ContactPatch& fields) {
  if (auto checked = check_addresses(unit, fields); !checked) return checked.error();
  Contact made;
  made.id = env.ids.next();
  made.created_at = env.clock.now();
  Contact& contact = unit.add(std::move(made));
  if (auto applied = apply(unit, contact, fields); !applied) return applied.error();
  unit.add(Event{.type = EventType::contact_created, .at = contact.created_at, .source = "api", .contact = contact.id});
  return &contact;
}

Result<Contact*> patch_contact(store::Unit& unit, const Environment&, Id id, const ContactPatch& fields) {
  Contact* contact = living_contact(unit, id);
  if (!contact) return fail(Errc::not_found, "no such contact");
  if (auto applied = apply(unit, *contact, fields); !applied) return applied.error();
  return contact;
}

Result<Imported> import_contact(store::Unit& unit, const Environment& env, const ContactPatch& entry) {
  if (entry.add_addresses.empty())
    return fail(Errc::invalid, "it has no address, by which the same list would find it again");
  const auto owner = owner_of(unit, entry);
  if (!owner) return owner.error();
  if (!*owner) {
    if (auto made = create_contact(unit, env, entry); !made) return made.error();
    return Imported::made;
  }
  if (!says_something_new(unit, **owner, entry)) return Imported::unchanged;
  if (auto applied = apply(unit, **owner, entry); !applied) return applied.error();
  return Imported::changed;
}

}  // namespace jackfield::flow
