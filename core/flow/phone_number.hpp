// Numbers to call people at: as they write them, and as they are known.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/contact.hpp"

namespace jackfield::flow {

// "tel:+33612345678" out of "+33 6 12 34 56 78", "0033 6…", "tel:+33…". Errc::invalid: a number that says no country,
// or none at all.
Result<std::string> callable_number(std::string_view written);

// The contact's own, as a provider vouches for it; of several the one they wrote from, else the first. Empty: none.
std::string attested_number(const Contact& contact, std::string_view wrote_from);

}  // namespace jackfield::flow
