// Figures: what reports are made of, counted at the few moments that count and within the same transaction. What each
// number means stands in docs/figures.md; that they can be computed again from the event log alone, figures_test.cpp
// shows.
//
// A conversation is counted from when it was opened, or reopened, until it is closed (Work::opened_at): under the
// channel on which its customer wrote then (Work::opened_on), the queue it is in at the moment of what is counted, and
// the agent whom it was with. Each adds to the row of its day and to that of all days.
//
// Committer thread only, inside a command.
#pragma once

#include <string>

#include "flow/environment.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

// It begins to count; notes since when and on which channel in the conversation's work.
void count_opened(store::Unit& unit, const Environment& env, Conversation& conversation, Time now);

// answered: by a person; by_rule: nobody needed to.
enum class Closing : std::uint8_t { answered, unanswered, by_rule };
// While Work::opened_at still says since when.
void count_closed(store::Unit& unit, const Environment& env, const Conversation& conversation, Closing how, Time now);

void count_message(store::Unit& unit, const Environment& env, const Conversation& conversation,
                   const std::string& channel, Count which, Time now);
// What a person of ours wrote, or said where there is no channel: an agent's where the author is one, else that of the agent who has the conversation. The
// first since it was opened is its first response.
void count_answer(store::Unit& unit, const Environment& env, Conversation& conversation, const std::string& channel,
                  const std::string& author, Time now);

// An agent got it, after it had waited since Work::waiting_since.
void count_taken(store::Unit& unit, const Environment& env, const Conversation& conversation, Time now);
// From that queue into the one it is in.
void count_transferred(store::Unit& unit, const Environment& env, const Conversation& conversation,
                       const std::string& from, Time now);

// Of first_response or resolution.
void count_level_met(store::Unit& unit, const Environment& env, const Conversation& conversation, Measure level,
                     const std::string& author, Time now);
void count_level_missed(store::Unit& unit, const Environment& env, const Conversation& conversation, Measure level,
                        Time now);

// The customer says how satisfied they are, from 1 to 5 (others are not counted): also after it was closed, then it is
// that of the agent who had it last.
void count_score(store::Unit& unit, const Environment& env, const Conversation& conversation, int score, Time now);

}  // namespace jackfield::flow
