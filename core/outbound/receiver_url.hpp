// Which URLs a webhook may have.
#pragma once

#include <string>
#include <string_view>

namespace jackfield::outbound {

// Why it may not, for people ("must begin with https://"); empty: it may. Over the API only https is taken: what is
// sent there is what customers wrote. Where the name leads to is looked at when it is connected to (net's address
// guard).
std::string why_no_receiver(std::string_view url, bool over_api);

}  // namespace jackfield::outbound
