// Events: rows of the log, numbered in the order of their commits. A row holds ids and small values; what
// a reader gets is joined from live rows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/id.hpp"

namespace jackfield {

enum class EventType : std::uint8_t {
  message_received = 0,
  message_queued = 1,
  message_status = 2,
  message_edited = 3,
  message_deleted = 4,
  message_reaction = 5,
  conversation_opened = 6,
  conversation_routed = 7,
  conversation_assigned = 8,
  conversation_updated = 9,
  conversation_closed = 10,
  contact_created = 11,
  contact_merged = 12,
  contact_split = 13,
  contact_erased = 14,
  channel_state = 15,
  message_media = 16,  // a file of a message became ready, or failed for good
  conversation_offered = 17,
  agent_presence = 18,
  service_level_at_risk = 19,
  service_level_missed = 20,
  callback_requested = 21,
  callback_due = 22,
  conversation_typing = 23,
  contact_updated = 24,  // what a channel told of a contact: addresses, whether they want messages
  callback_offered = 25,
  callback_updated = 26,  // another slot, another number, a call that reached nobody
  callback_missed = 27,
  callback_done = 28,
  callback_cancelled = 29,
  satisfaction_scored = 30,
};

std::string_view name_of(EventType type);  // "message.received"
bool parse(std::string_view text, EventType& out);

struct Event {
  std::int64_t cursor = 0;  // its place in the log, given at commit
  EventType type = EventType::message_received;
  Time at{};
  std::string source;  // channel, or the part of Jackfield that did it
  Id conversation;
  Id message;  // of callback.* events: the callback
  Id contact;
  std::string data;  // small JSON object of what only the event knows ("status": …), or empty
};

// Cursors as the API shows them: 16 digits, sortable. "" and "0" parse as the start of the log.
std::string to_cursor(std::int64_t cursor);
bool parse_cursor(std::string_view text, std::int64_t& out);

}  // namespace jackfield
