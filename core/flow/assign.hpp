// Assignment: which agent is asked next, and who holds what. One rule keeps it whole: after every change of a
// conversation's state, queue, assignee or priority, settle() brings its place in step with that, and seeks an agent
// for what waits and work for who got free. So no conversation is ever held by nobody, and none by two.
//
// Everything is decided from rows in the order of their indexes, so that it is the same after a restart and costs the
// same with many.
#pragma once

#include "flow/environment.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

// Call it last, after the change; says changed(). Idempotent.
void settle(store::Unit& unit, const Environment& env, Conversation& conversation, Time now);

// Into that queue, with the service level's clocks of it; settle() follows.
void enter_queue(store::Unit& unit, const Environment& env, Conversation& conversation, const std::string& queue,
                 Time now);

// What it takes of an agent from now on; who has it or is asked for it included. settle() follows.
void set_capacity_class(store::Unit& unit, const Environment& env, Conversation& conversation, CapacityClass to);

// An inbound message came into a conversation that somebody has: when they are gone it comes back into the queue.
void give_back_if_absent(store::Unit& unit, const Environment& env, Conversation& conversation, Time now);

// An agent takes what is offered to it, or what waits in a queue of its own accord. Errc::conflict: another has it, or
// it is closed.
Result<Conversation*> accept(store::Unit& unit, const Environment& env, Id conversation, const std::string& agent);
// Refuses an offer: the next is asked. Errc::conflict: it is not offered to that agent.
Result<Conversation*> decline(store::Unit& unit, const Environment& env, Id conversation, const std::string& agent);
// Gives back what it has. Errc::conflict: it has it not.
Result<Conversation*> release(store::Unit& unit, const Environment& env, Id conversation, const std::string& agent);

// What is offered to the agent goes back, and what it has where the customer waits; `only_offers`: only the first.
void give_back_all(store::Unit& unit, const Environment& env, Agent& agent, bool only_offers, const std::string& reason,
                   Time now);
// Offers the agent what it is free for.
void seek_work(store::Unit& unit, const Environment& env, Agent& agent, Time now);

// Fires a timer of assignment or of service levels, and removes it or sets it anew; false: it is of another kind.
bool run_duty(store::Unit& unit, const Environment& env, store::Timer& timer, Time now);

// Until the next one who waits in that queue is likely to be taken, by the queue's own history; nothing: not known, or
// nobody is there.
std::optional<Millis> expected_wait(const store::QueueHistory& history, std::int64_t waiting,
                                    std::int64_t agents_online);

}  // namespace jackfield::flow
