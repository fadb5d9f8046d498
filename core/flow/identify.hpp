// Who is this: from addresses to one contact.
#pragma once

#include <string>
#include <vector>

#include "flow/environment.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

struct Identified {
  Contact* contact = nullptr;
  bool made = false;
  std::string how;  // for people: "address mailto:ana@example.com is known"
};

// The contact behind a sender's addresses; makes one when none is known, and adds addresses that are new to it.
//  - The address itself decides. Then further addresses of the channel's own scheme, which its provider attests.
//  - Attested addresses of a kind in contacts.join_on join across channels.
//  - Two contacts that turn out to be one are merged, into the older and into the journal, when the provider vouches for
//    both addresses in one message and both are kept as attested, and the kind is the channel's own or in
//    contacts.join_on. Any other address that belongs to somebody else stays there: that decision is a person's.
Identified identify(store::Unit& unit, const Environment& env, const Channel& channel, const Address& from,
                    const std::vector<Address>& also, Time now);

// The same without making one or adding anything; no contact: nobody has the address.
Identified find_contact(store::Unit& unit, const Environment& env, const Channel& channel, const Address& from,
                        const std::vector<Address>& also);

// Merges into one whoever the channel's provider attests to be the one who has `from`, as identify() says. The contact
// that lives on.
Contact* join_attested(store::Unit& unit, const Environment& env, const Channel& channel, Contact* contact,
                       const Address& from, const std::vector<Address>& also);

// Unless somebody has it already.
void add_missing(store::Unit& unit, Contact& contact, const Address& address);

// Those of them that the provider vouches for. What a sender merely claims is not kept: it would stand in the way of
// the address's owner, and answers could go there.
void add_vouched(store::Unit& unit, Contact& contact, const std::vector<Address>& also);

}  // namespace jackfield::flow
