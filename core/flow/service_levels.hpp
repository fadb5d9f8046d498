// Service levels: until when somebody must have answered, and until when it must be done; counted in the queue's open
// hours.
#pragma once

#include "flow/environment.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

// Starts or moves the clocks for the queue it is in, from Work::clock_start on; stops them when it is closed. That they
// start or stop is what makes a conversation count as opened or closed (flow/figures.hpp).
void set_clocks(store::Unit& unit, const Environment& env, Conversation& conversation, Time now);
// Without clocks: nobody is to answer now. They start anew when it is open again (settle).
void stop_clocks(store::Unit& unit, Conversation& conversation);
// A rule closed it in the same moment in which its message came.
void closed_by_rule(store::Unit& unit, const Environment& env, Conversation& conversation, Time now);
// A person of ours answered over that channel, here or in the provider's own app: the customer does not wait any more.
// The author is an agent's name where one is known. No channel: on the telephone.
void responded(store::Unit& unit, const Environment& env, Conversation& conversation, const std::string& channel,
               const std::string& author, Time now);
// A clock has come to its mark: tells it, and raises the priority. True: the priority changed, settle it.
bool clock_rang(store::Unit& unit, const Environment& env, Conversation& conversation, const store::Timer& timer,
                Time now);

// A time that counts in the queue's hours only; the plain time where it has none or never opens.
Time due_at(const Environment& env, const QueueSpec& queue, Time from, Millis open_time);

}  // namespace jackfield::flow
