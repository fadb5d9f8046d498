// What people do with callbacks, as decisions over a unit (see operations.hpp): asked for, moved, reported, cancelled.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "flow/callback_slots.hpp"
#include "flow/environment.hpp"
#include "model/callback.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

struct CallbackRequest {
  // Whom: by their conversation, id or address, else by the number alone. One who is not known is made a contact. Their
  // open conversation is taken, as for a message of theirs; else there is a new one.
  Id conversation, contact;
  std::string address;
  std::string number;  // empty: one that a provider vouches for, else the first that is known
  std::string queue;   // empty: by the configuration
  CallbackWish when;
  std::string note;
  std::string by;                   // who asks, for people
  std::vector<std::string> queues;  // of one who is held to some: others' conversations and contacts are refused
};
// Errc::conflict: one is scheduled or due in that conversation already, or there is no room then. An offer that was not
// answered gives way.
Result<Callback*> request_callback(store::Unit& unit, const Environment& env, const CallbackRequest& request);

struct CallbackPatch {
  std::optional<CallbackWish> when;  // another slot
  std::optional<std::string> number, note;
  std::string by;
};
// Errc::conflict, here and below: it is over, or it was missed and another has taken its place. A missed one can have
// another slot.
Result<Callback*> patch_callback(store::Unit& unit, const Environment& env, Id callback, const CallbackPatch& patch);

struct CallReport {
  CallOutcome outcome = CallOutcome::reached;
  std::string note;
  std::string by;     // who says so
  std::string agent;  // who called, when it is an agent: what nobody has is theirs then
};
// What became of a call. Who was not reached is called again, after a while and in hours, until there were as many
// tries as are configured; then it is missed.
Result<Callback*> report_call(store::Unit& unit, const Environment& env, Id callback, const CallReport& report);

Result<Callback*> cancel_callback(store::Unit& unit, const Environment& env, Id callback, const std::string& by);

// The queue that callbacks of conversations in that queue come due in; of none, those of nobody's conversation.
std::string callback_queue(const Environment& env, const std::string& queue);

}  // namespace jackfield::flow
