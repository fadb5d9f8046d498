// Which conversation a message belongs to.
#pragma once

#include <string>

#include "flow/environment.hpp"
#include "model/json.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

struct Threaded {
  Conversation* conversation = nullptr;
  bool made = false;
  bool reopened = false;
  bool went_private = false;  // what was begun in public goes on privately with this message: it keeps its queue
  Id reply_to;      // the message it answers, when we hold it
  std::string how;  // for people
};

// How far conversations of this channel reach: its policy, or what the connector declares; a public post's is its thread.
ConversationScope scope_of(const Channel& channel, Visibility visibility);

// What a message would join, without a change.
struct Found {
  Conversation* conversation = nullptr;  // null: it makes a new one
  bool from_public = false;              // it is a public one, and the message is private
  Id reply_to;
  std::string how;
};
Found find_conversation(store::Unit& unit, const Environment& env, const Channel& channel, const Inbound& message,
                        const Contact& contact, Time now);

// Finds or makes the conversation.
//  - A proven reference joins whoever sends it.
//  - An automatic reply joins what it answers, closed or not, and changes nothing of its state. A message of ours from
//    elsewhere joins what is not closed.
//  - thread: the message names one we hold (In-Reply-To, a quote), of the same contact; a stranger who knows an id gets a
//    conversation of their own. Else the provider's own id of the thread.
//  - contact, channel: the newest of that contact, or of that contact on that channel.
//  - Where these find no open one: a public thread that the contact began, when it is open, or was answered and closed no
//    longer ago than the channel's after_public (docs/decisions/0024-continuity.md).
// A closed one is joined, and reopened, only within the channel's reopen time; later messages open a new one.
Threaded thread(store::Unit& unit, const Environment& env, const Channel& channel, const Inbound& message, Contact& contact,
                Time now);

// A new conversation's scope, for those that we start.
std::string scope_key(ConversationScope scope, const std::string& channel, Id contact, const std::string& thread);

}  // namespace jackfield::flow
