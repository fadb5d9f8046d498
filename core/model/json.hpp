// The model as JSON: in the shapes of the API (to_json) and of connectors (read_event). Writing goes into
// strings directly, since that is the way of every message; reading goes through Boost.JSON.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/contact.hpp"
#include "model/conversation.hpp"
#include "model/event.hpp"
#include "model/message.hpp"

namespace jackfield {

// --- text building blocks
void append_string(std::string& out, std::string_view text);  // quoted and escaped; invalid UTF-8 replaced
void append_time(std::string& out, Time t);                   // quoted; null for the epoch

// --- stored forms (columns of the store), without what is a column itself
std::string content_to_json(const Content& content);  // one object: from, to, cc, subject, text, …
Result<Content> content_from_json(std::string_view json);
std::string track_to_json(const Track& track);
Result<Track> track_from_json(std::string_view json);
std::string channel_uses_to_json(const std::vector<ChannelUse>& uses);
Result<std::vector<ChannelUse>> channel_uses_from_json(std::string_view json);
std::string satisfaction_to_json(const Satisfaction& satisfaction);  // without asked_at; empty: never asked
Satisfaction satisfaction_from_json(std::string_view json);
std::string strings_to_json(const std::vector<std::string>& strings);
std::vector<std::string> strings_from_json(std::string_view json);
std::string opt_outs_to_json(const std::vector<OptOut>& opt_outs);  // empty: none
std::vector<OptOut> opt_outs_from_json(std::string_view json);
std::string attributes_to_json(const std::map<std::string, std::string>& attributes);
std::map<std::string, std::string> attributes_from_json(std::string_view json);

// --- the API's forms (CONTRACT.md)
// content and track are the stored forms, spliced in as they are: a reader pays for no parsing.
struct MessageRow {
  Message head;  // everything but content and track
  std::string content;
  std::string track;
};
std::string message_to_json(const MessageRow& row);
std::string message_to_json(const Message& message);
std::string contact_to_json(const Contact& contact);
// reply_windows is a ready JSON object, or "{}".
std::string conversation_to_json(const Conversation& conversation, const Contact* contact, std::string_view reply_windows);
// CloudEvents; data is a ready JSON object.
std::string event_to_json(const Event& event, std::string_view data);

// --- parts
// Text that a person would read: text parts and captions, the title of a choice.
std::string text_of(const boost::json::array& parts);
// Checks shape and limits of parts from a connector or a client; the error names the place.
Result<void> check_parts(const boost::json::array& parts);

// --- events from connectors (sdk/schema/inbound-event.json)
enum class InboundKind : std::uint8_t { message, status, edited, deleted, reaction, contact, typing, undecodable };

struct Inbound {
  InboundKind kind = InboundKind::message;
  std::string account;                // provider account it is for; empty: the channel that delivers
  std::string id;                     // provider's id of the message it is or speaks of
  std::string dedupe;                 // stronger key than id, when the connector has one
  // message
  Content content;
  std::vector<Address> also;          // further addresses of the sender
  std::vector<std::string> threads;   // provider ids it answers or belongs with, most telling first
  Visibility visibility = Visibility::private_;
  std::optional<Time> sent_at;
  std::string thread;                 // provider's own id of a public thread; empty: none
  Direction direction = Direction::in;  // out: ours, but not written through Jackfield
  bool thread_proof = false;          // the first of `threads` is proven: it joins whoever sends it
  // status, and messages of ours from elsewhere
  std::string correlation;            // our idempotency key, when the provider echoes it
  Status status = Status::accepted;
  bool through = false;               // every earlier message of ours has it too
  SendError error;
  // contact
  std::vector<Address> replaced;      // stand for nobody any more: `from` came in their place
  std::optional<bool> opted_out;
  // undecodable, contact: why; reaction: the emoji
  std::string reason;
  std::string raw;
};

// Reads one event (an object). The error says what breaks the schema.
Result<Inbound> read_event(const boost::json::value& event);

}  // namespace jackfield
