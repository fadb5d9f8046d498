// The course of a callback once it is agreed: it waits for its slot, comes due in its queue, and is done or missed. Its
// timer is a row: what came due while the daemon was down comes due when it is back.
//
// Until its slot the conversation is snoozed and nobody's clock runs; in its slot it is work of the class voice in its
// queue, like a message that just came.
#pragma once

#include <string>
#include <string_view>

#include "flow/environment.hpp"
#include "model/callback.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

// Gives it that slot; one that has begun makes it due at once.
void schedule(store::Unit& unit, const Environment& env, Callback& callback, CallbackSlot slot, Time now);
// Nobody called in time, or they were called in vain.
void miss(store::Unit& unit, const Environment& env, Callback& callback, const std::string& why, bool in_vain,
          Time now);
// The end of its course, done or cancelled; the conversation is work of its channel again.
void end_callback(store::Unit& unit, const Environment& env, Callback& callback, CallbackState state, Time now);
// Its time has come, whatever it is time for.
void run_callback(store::Unit& unit, const Environment& env, store::Timer& timer, Time now);

// Out of its rest: somebody has to look at it now. settle() follows.
void wake(store::Unit& unit, Conversation& conversation);

// Is one due in that conversation? Then it is a call's work, whatever is written in it meanwhile.
bool is_called_back(store::Unit& unit, const Conversation& conversation);
// The one of a conversation that is offered, scheduled or due; null: none.
Callback* open_callback(store::Unit& unit, const Conversation& conversation);
void set_callback_timer(store::Unit& unit, const Environment& env, const Callback& callback, Time at);
// With their timers: their contact is erased.
void erase_callbacks(store::Unit& unit, const Conversation& conversation);

// Its history, the note that agents see in the conversation, and the event.
void record_change(Callback& callback, std::string what, std::string by, std::string why, Time now);
void note_callback(store::Unit& unit, const Environment& env, Conversation& conversation, const Callback& callback,
                   const std::string& text, Time now);
void tell_callback(store::Unit& unit, EventType type, const Callback& callback, const Conversation& conversation,
                   std::string_view reason, Time now);

}  // namespace jackfield::flow
