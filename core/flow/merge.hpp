// Which contacts are one person: merging them, splitting one, and undoing either. All of it is journaled
// (store::Merge), with who or what said so.
//
// A merged contact keeps its row, without addresses, and lives on in another; its id goes on leading there.
// Conversations change hands and stay apart: what was two stories stays two. Messages keep the contact that they came
// from, so that undoing gives each back; readers are shown the one that lives.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "flow/environment.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

// The contact, or the one that it lives on in; null: there is none.
Contact* living_contact(store::Unit& unit, Id contact);

// Who or what says so, and why, as a ready JSON object; source is that of the event.
struct Evidenced {
  std::string evidence;
  std::string source;
};

// What `from` has goes to `into`: addresses, conversations, and what `into` does not know yet of name, language,
// attributes and tags. Errc::conflict: they are one already.
Result<store::Merge*> merge_contacts(store::Unit& unit, const Environment& env, Id into, Id from,
                                     const Evidenced& said);

// A new contact gets these addresses, with the conversations that were had at them alone. Errc::invalid: an address
// that the contact has not, or all that it has.
Result<store::Merge*> split_contact(store::Unit& unit, const Environment& env, Id contact,
                                    const std::vector<std::string>& addresses, const Evidenced& said);

// Puts back what that entry of the journal moved. What came later at the addresses that go back goes with them; fields
// that were changed later stay as they are. Errc::conflict: it was undone, or a later entry stands in the way.
Result<store::Merge*> undo_merge(store::Unit& unit, const Environment& env, Id merge, const std::string& source);

// "merge" or "split".
std::string kind_of(const store::Merge& merge);

}  // namespace jackfield::flow
