// Addresses: scheme and value, "mailto:ana@example.com", "tel:+33612345678", "whatsapp:33612345678".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace jackfield {

// How sure we are that an address belongs to the person who used it.
enum class Evidence : std::uint8_t {
  guessed = 0,   // inferred by us
  asserted = 1,  // somebody says so (a mail's From)
  attested = 2,  // the channel's provider vouches for it (a WhatsApp number)
  entered = 3,   // we say so: an import, the API. The numbers are stored; what is stronger says stronger()
};
Evidence stronger(Evidence a, Evidence b);  // guessed, asserted, entered, attested
bool is_vouched_for(Evidence evidence);     // by us or the provider: others may join whoever has the address
std::string_view name_of(Evidence evidence);
bool parse(std::string_view text, Evidence& out);

// That somebody wants no messages at an address over a channel. Theirs to take back; until then nothing is sent there.
struct OptOut {
  std::string channel;
  std::string reason;  // for people: "they wrote STOP"
  Time at{};
  bool lifted = false;  // at that time they took it back: kept so that an older word which comes later does not count
};

// An address as a channel uses it. Scope is "" for addresses that mean the same everywhere, else the
// provider account within which the value is valid (WhatsApp's business-scoped ids).
struct Address {
  std::string uri;
  std::string scope;
  Evidence evidence = Evidence::asserted;
  std::string name;  // display name, untrusted
  std::vector<OptOut> opt_outs;  // of a contact's addresses only; at most one a channel

  bool same_as(const Address& other) const { return uri == other.uri && scope == other.scope; }
  const OptOut* opted_out(std::string_view channel) const;  // null: they have not, or took it back
};

// As it is stored and looked for, for what people type: mailto: in lower case, tel: and whatsapp: without what only groups
// digits. The Error says what is wrong with it. Schemes that are not known here are taken as they are.
Result<std::string> normalize_address(std::string_view uri);

std::string_view scheme_of(std::string_view uri);  // "mailto"; empty when there is none
bool is_address(std::string_view text);            // scheme:value, printable, at most 512 bytes

}  // namespace jackfield
