// Erasing a person: what they wrote and what was written to them, its files, and every name and address of theirs.
//
// What stays: conversations as closed shells without the person, for the figures; events with nothing but ids; hashes
// of providers' ids, by which a redelivery of what was erased is known and dropped. docs/privacy.md says it for
// readers.
#pragma once

#include "base/result.hpp"
#include "flow/environment.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

// With all contacts that live on in it. Replies that wait are not sent any more. Its messages are read one by one in
// this transaction: as long as it takes, nothing else is committed.
Result<void> erase_contact(store::Unit& unit, const Environment& env, Id contact, const std::string& source);

}  // namespace jackfield::flow
