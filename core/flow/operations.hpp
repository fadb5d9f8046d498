// What people do through the API, as decisions over a unit: each is called inside a command (see Flow::write) and either
// does all of it or refuses without a change.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "flow/environment.hpp"
#include "model/conversation.hpp"
#include "model/message.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

struct ReplyRequest {
  std::string text;
  boost::json::array parts;          // or text
  std::optional<std::string> channel;  // default: that of the last inbound message
  Id reply_to;                       // default: the last inbound message on that channel
  std::optional<Visibility> visibility;  // default: of what it answers
  boost::json::value template_;      // null: none
  std::string subject;               // empty: by the connector, from the conversation's
  bool note = false;
  bool automatic = false;            // no person wrote it: marked so where the channel can, refused as an answer to a machine
  std::string author;                // who wrote it, for people
  std::string token;                 // name of the token: whose uploads these are
  std::vector<std::string> queues;   // the author's, when it is bound to some: files and new conversations of others are refused
};

// A reply into a conversation: checked against the channel's rules, stored, put into the outbox. Its message.
Result<Message*> reply(store::Unit& unit, const Environment& env, Id conversation, ReplyRequest request);

// A conversation that we start: to an address on a channel.
Result<Message*> start(store::Unit& unit, const Environment& env, const std::string& channel, const std::string& to,
                       ReplyRequest request);

// What would leave and why it may not, without doing anything.
struct DryRun {
  std::string channel;
  std::string message;       // as send would get it; for the connector's preview
  boost::json::object told;  // channel, to, text, parts, converted, window, sendable, problems
};
Result<DryRun> dry_run_reply(store::Unit& unit, const Environment& env, Id conversation, const ReplyRequest& request);
Result<DryRun> dry_run_start(store::Unit& unit, const Environment& env, const std::string& channel,
                             const std::string& to, const ReplyRequest& request);

// A sign to the customer of a conversation on one of its channels ("read" or "typing"), as jf_signal_handler gets it.
struct Sign {
  std::string channel, signal;
};
Result<Sign> sign_for(store::Unit& unit, const Environment& env, Id conversation, const std::string& what,
                      const std::optional<std::string>& channel);

struct ConversationPatch {
  std::optional<ConversationState> state;
  std::optional<std::string> queue, assignee;
  std::optional<Priority> priority;
  std::optional<std::vector<std::string>> tags;
  std::optional<Time> snoozed_until;
  std::string by;  // who says so
};
Result<Conversation*> patch(store::Unit& unit, const Environment& env, Id conversation, const ConversationPatch& patch);

// Sends a failed message again.
Result<Message*> retry(store::Unit& unit, const Environment& env, Id message);
enum class Resolution : std::uint8_t { sent, failed, resend };
// Settles an unknown one.
Result<Message*> resolve(store::Unit& unit, const Environment& env, Id message, Resolution as);

}  // namespace jackfield::flow
