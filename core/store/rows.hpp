// Rows that only the store and the flow know; what users see is in model/.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "model/agent.hpp"
#include "model/event.hpp"
#include "model/message.hpp"

namespace jackfield::store {

// 16 bytes of SHA-256 over (channel, kind, id): what makes a redelivery harmless and what receipts and quotes
// are found by. A hash, so that erasing a person leaves no id behind and keeps the redelivery harmless.
struct ProviderKey {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const ProviderKey&) const = default;
};
enum class KeyKind : char { id = 'i', dedupe = 'd' };
ProviderKey provider_key(std::string_view channel, KeyKind kind, std::string_view id);

// A reply on its way. The lane is the conversation on one channel: one at a time is in flight in it.
enum class OutboxState : std::uint8_t {
  waiting = 0,    // due at next_at, when nothing before it in its lane waits or flies
  in_flight = 1,  // committed before the connector was called
  held = 2,       // unknown: a receipt or a person decides
};
struct OutboxEntry {
  Id message;
  std::string channel;
  Id conversation;
  OutboxState state = OutboxState::waiting;
  int attempts = 0;
  Time next_at{};
  Time deadline{};
  std::string recipient;  // waits with scope "recipient" concern all of one
};

enum class TimerKind : std::uint8_t {
  connector = 0,    // key: the connector's timer, as decimal
  media_fetch = 1,  // message: whose part; key: its index; payload: attempts
  wake = 2,         // a snoozed conversation
  // message: the conversation; key: its id
  offer = 3,           // nobody answered an offer
  seek_again = 4,      // everybody who could had declined: ask them once more
  overflow = 5,        // it has waited for long enough: another queue
  escalation = 6,      // payload: which step of the queue's list
  first_response = 7,  // payload: "at_risk" or "missed"
  resolution = 8,      // the same
  unanswered = 9,      // an agent has it and does not answer
  presence = 10,       // key: the agent, whose last sign of life was too long ago
  echo = 11,           // a message of ours that came back while one was being sent; payload: the event
  remove_file = 12,    // key: the SHA-256 of a file that an erasure left without a name
  callback = 13,       // key: the callback, whose state says what it is time for; message: its conversation
  survey = 14,         // message: the conversation; key: its id; payload: when it was closed
};
struct Timer {
  Id id;
  TimerKind kind = TimerKind::connector;
  std::string channel;
  std::string key;  // (kind, channel, key) is unique
  Time due_at{};
  Id message;       // or conversation
  int attempts = 0;
  std::string payload;
};

enum class DeadLetterKind : std::uint8_t { inbound = 0, outbound = 1 };
struct DeadLetter {
  Id id;
  DeadLetterKind kind = DeadLetterKind::inbound;
  std::string channel;
  std::string reason;
  std::string raw;         // inbound: what came; outbound: empty
  bool undecodable = false;  // raw is the connector's own form, else it is an event's JSON
  Id message;              // outbound
  Time at{};
  Time resolved_at{};      // replayed or sent in the end
};

// How it stands in a queue now.
struct QueueCount {
  std::string queue;
  std::int64_t waiting = 0;  // conversations for which an agent is sought (Work::order)
  std::int64_t agents = 0;   // who serve it (Agent::serves)
};

// How long those who waited in a queue did, as moving means: what the expected wait is computed from.
struct QueueHistory {
  std::string queue;
  std::int64_t taken = 0;  // conversations that agents took
  Millis wait{};           // from waiting to taken
  Millis interval{};       // from one to the next
  Time last_at{};
};

struct Media {
  Id id;
  std::string sha256;  // its file: media/ab/abcdef…
  std::string media_type;
  std::string name;
  std::int64_t size = 0;
  Time created_at{};
  Id message;         // the one it came with or left in, 0: none; who may see that may fetch it
  std::string owner;  // name of the token that uploaded it; empty: it came in
};

// Somebody who is told of events over HTTP.
struct Webhook {
  Id id;
  std::string name;
  std::string url;
  std::string secret;            // "whsec_…"
  std::vector<EventType> types;  // empty: all
  bool fixed = false;            // stands in the configuration file
  bool enabled = true;
  std::string reason;       // why it was disabled; empty: by hand, or it is not
  std::int64_t cursor = 0;  // everything up to here was delivered or is a WebhookEvent
  Time created_at{};
};

// A token that was made over the API. What it is cannot be told from its row: see docs/decisions/0025-tokens.md.
struct ApiToken {
  Id id;
  std::string name;
  std::string role;                 // "admin", "agent" or "integration"
  std::string agent;                // of role agent
  std::vector<std::string> queues;  // of role agent; empty: all
  std::string hash;                 // SHA-256 in hex
  Time created_at{};
  Time expires_at{};    // Time{}: never
  Time last_used_at{};  // Time{}: not yet. Not to the second
};

// An event that could not be delivered yet, or that waits behind such a one of its lane, or that was given up.
enum class WebhookEventState : std::uint8_t { waiting = 0, dead = 1 };
struct WebhookEvent {
  Id webhook;
  std::int64_t cursor = 0;  // of the event
  Id lane;                  // what keeps the order: its conversation, else its contact
  WebhookEventState state = WebhookEventState::waiting;
  int attempts = 0;
  Time first_at{};  // of the first attempt
  Time next_at{};
  std::string error;  // of the last attempt
};

// A receipt that came before the send it speaks of was acknowledged.
struct ParkedReceipt {
  ProviderKey key;
  Status status = Status::sent;
  SendError error;
  Time at{};
};

// The answer kept for an Idempotency-Key.
struct IdempotentAnswer {
  std::string owner;  // the token's name
  std::string key;
  std::string fingerprint;  // of method, path and body: another request with the same key is refused
  int status = 0;
  std::string body;
  Time at{};
};

}  // namespace jackfield::store
