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
  Id reply_to;      // the message it answers, when we hold it
  std::string how;  // for people
};

// How far conversations of this channel reach: its policy, or what the connector declares; a public post's is its thread.
ConversationScope scope_of(const Channel& channel, Visibility visibility);

// Finds or makes the conversation.
//  - A proven reference joins whoever sends it.
//  - An automatic reply joins what it answers, closed or not, and changes nothing of its state. A message of ours from
//    elsewhere joins what is not closed.
//  - thread: the message names one we hold (In-Reply-To, a quote), of the same contact; a stranger who knows an id gets a
//    conversation of their own. Else the provider's own id of the thread.
//  - contact, channel: the newest of that contact, or of that contact on that channel.
// A closed one is joined, and reopened, only within the channel's reopen time; later messages open a new one.
Threaded thread(store::Unit& unit, const Environment& env, const Channel& channel, const Inbound& message, Contact& contact,
                Time now);

// A new conversation's scope, for those that we start.
std::string scope_key(ConversationScope scope, const std::string& channel, Id contact, const std::string& thread);

}  // namespace jackfield::flow
