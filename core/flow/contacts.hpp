// Contacts as people write them: made, changed, and imported from lists.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "flow/environment.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

struct ContactPatch {
  std::optional<std::string> name, language;
  std::optional<std::vector<std::string>> tags;
  std::map<std::string, std::optional<std::string>> attributes;  // nullopt removes one
  std::vector<std::string> add_addresses;
};
Result<Contact*> create_contact(store::Unit& unit, const Environment& env, const ContactPatch& fields);
Result<Contact*> patch_contact(store::Unit& unit, const Environment& env, Id contact, const ContactPatch& patch);

enum class Imported : std::uint8_t { made, changed, unchanged };
// One entry of a list: the contact that has one of its addresses is brought in step with it, else one is made; so the
// same list again changes nothing. What the entry does not name stays. Errc::invalid: it has no address.
// Errc::conflict: its addresses belong to several contacts.
Result<Imported> import_contact(store::Unit& unit, const Environment& env, const ContactPatch& entry);

}  // namespace jackfield::flow
