// A conversation: the thread of work with one contact over one or more channels.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"

namespace jackfield {

enum class ConversationState : std::uint8_t { open = 0, pending = 1, snoozed = 2, closed = 3 };
enum class Priority : std::uint8_t { low = 0, normal = 1, high = 2, urgent = 3 };

std::string_view name_of(ConversationState state);
std::string_view name_of(Priority priority);
bool parse(std::string_view text, ConversationState& out);
bool parse(std::string_view text, Priority& out);

// What a conversation knows of one of its channels: where a reply on it goes, and until when.
struct ChannelUse {
  std::string channel;
  std::string address;         // the contact's address there, as the connector needs it
  std::string scope;
  Time last_inbound_at{};      // by the provider's clock, for reply windows; 0: we only wrote
  Id last_inbound;             // the message a reply answers by default
};

struct Conversation {
  Id id;
  Id contact;
  std::string scope;  // what later messages must match to join it; see flow/thread.hpp
  ConversationState state = ConversationState::open;
  Priority priority = Priority::normal;
  std::string queue;     // empty: not routed yet
  std::string assignee;  // empty: nobody
  std::vector<std::string> tags;
  std::string language;
  std::string subject;
  std::vector<ChannelUse> channels;  // newest use first
  Time created_at{};
  Time last_activity_at{};
  Time last_inbound_at{};
  Time last_outbound_at{};
  Time closed_at{};
  Time snoozed_until{};

  const ChannelUse* use_of(std::string_view channel) const;
  ChannelUse* use_of(std::string_view channel);
};

}  // namespace jackfield
