// When somebody of a queue can call: its open hours in steps of CallbackSpec::slot, each with room for so many.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "flow/environment.hpp"
#include "model/callback.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

struct FreeSlot {
  CallbackSlot slot;
  int room = 0;  // at least 1
};

// The terms of a queue; of one that is not configured any more, those of all.
const CallbackSpec& callback_terms(const Environment& env, const std::string& queue);

// The slots that end after `from` and begin before `to`, in order, at most `most`. Steps begin anew at every opening; a
// rest that is shorter than a slot is none.
std::vector<CallbackSlot> slots_between(const Environment& env, const std::string& queue, Time from, Time to,
                                        std::size_t most);

// Those of them with room; taken: when those begin that are scheduled or due there, from the first slot on, in order.
std::vector<FreeSlot> with_room(const Environment& env, const std::string& queue,
                                const std::vector<CallbackSlot>& slots, const std::vector<Time>& taken);

// When the customer can be called. Neither: as soon as possible.
struct CallbackWish {
  std::optional<Time> from, until;
};

// The first slot with room in that window, which then lasts as long as the window; of a slot that runs already, the
// rest. own: one that is given up for it. Errc::invalid: the window is over, ends before it begins or lies too far
// ahead; Errc::conflict: there is no room in it.
Result<CallbackSlot> choose_slot(store::Unit& unit, const Environment& env, const std::string& queue,
                                 const CallbackWish& wish, std::optional<Time> own, Time now);

// The first one with room that ends after `from`; of one that runs then, the rest. own: as above.
std::optional<CallbackSlot> first_slot(store::Unit& unit, const Environment& env, const std::string& queue, Time from,
                                       std::optional<Time> own);

// The first ones with room that begin at `from` or later, at most `most`.
std::vector<CallbackSlot> next_slots(store::Unit& unit, const Environment& env, const std::string& queue, Time from,
                                     std::size_t most);

// For people, on the clock of the queue's calendar: "2026-11-23 08:00"; without one in UTC, and says so.
std::string shown_time(const Environment& env, const std::string& queue, Time at);

}  // namespace jackfield::flow
