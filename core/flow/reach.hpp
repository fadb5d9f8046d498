// Where a contact can be reached: on each configured channel, at which address, whether a message may leave there now,
// until when, and why not. A reply that is refused for its channel is refused with the same words.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "flow/environment.hpp"
#include "flow/window.hpp"
#include "model/contact.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

struct Way {
  const Channel* channel = nullptr;
  std::string address;     // empty: none there
  bool preferred = false;  // a reply leaves here unless another is chosen
  bool usable = false;     // something may leave now; only a template where the window says so
  ReplyWindow window;
  std::string error_class, why_not;  // no-address, receives-only, opted-out, window-closed; empty: usable
};

// Of how many conversations of a contact it is looked where they were reached; of these the newest.
inline constexpr std::size_t kLookedThrough = 50;

// The uses of channels in these conversations but that one. The windows of a channel are the person's, whichever
// conversation they wrote in.
template <class Conversations>
std::vector<ChannelUse> uses_in(const Conversations& conversations, Id except) {
  std::vector<ChannelUse> out;
  for (const Conversation* conversation : conversations)
    if (conversation->id != except) out.insert(out.end(), conversation->channels.begin(), conversation->channels.end());
  return out;
}

// Where a message to the contact goes on that channel: as in the conversation, else as in another one, else at the
// address of theirs that the channel reaches, the best attested first. Nothing: they have none. Contact and
// conversation may be null.
std::optional<ChannelUse> use_on(const Channel& channel, const Contact* contact, const Conversation* conversation,
                                 const std::vector<ChannelUse>& elsewhere);
// The same, which asks the store only where the conversation does not say enough.
Result<ChannelUse> find_use(store::Unit& unit, const Channel& channel, const Contact* contact,
                            const Conversation& conversation, Time now);

// All channels, in the order of their names.
std::vector<Way> ways_to(const Environment& env, const Contact* contact, const Conversation* conversation,
                         const std::vector<ChannelUse>& elsewhere, Time now);

// The address that the channel reaches: given with its scheme or without; a number for a channel that attests numbers
// is the same person there (tel:+336… is whatsapp:336…).
Result<std::string> reachable(const std::string& to, const Channel& channel);

}  // namespace jackfield::flow
