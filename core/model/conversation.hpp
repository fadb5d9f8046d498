// A conversation: the thread of work with one contact over one or more channels.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "model/agent.hpp"
#include "model/message.hpp"

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
  Id last_private, last_public;  // the newest of each side; 0: none. One of them is last_inbound
};

// Its place in the queue, with an agent, and towards its service level. Kept by flow/assign.cpp and flow/service_levels.cpp.
struct Work {
  Time waiting_since{};    // for an agent; 0: it does not wait
  std::int64_t order = 0;  // in the queue, smaller first; 0: nobody is sought for it now
  Time queued_at{};        // since when it has been in this queue
  std::string offered_to;  // an agent who has not answered yet
  Time offer_until{};
  std::string held_by;     // the agent whose load it is part of: offered to or open with
  Time assigned_at{};
  std::string last_agent;              // who had it last; asked first when it comes back
  std::vector<std::string> passed_by;  // who declined it or let it lapse since it began to wait
  CapacityClass capacity_class = CapacityClass::message;
  Time clock_start{};         // of the service level: opened or reopened
  Time first_response_due{};  // 0: none
  Time first_response_at{};   // 0: not yet
  Time resolution_due{};
  bool answered_by_rule = false;  // the last answer of ours was automatic
  Time opened_at{};       // by its customer, or again; 0: it is closed, or they never wrote. For the figures
  std::string opened_on;  // the channel that they wrote on then; stays after it is closed; empty: never
  bool answered = false;  // by a person, since it was opened
  bool changed = false;           // since it was loaded
  bool operator==(const Work&) const = default;
};

// What the customer was asked after it was closed, and the score they gave. Kept by flow/survey.cpp.
struct Satisfaction {
  Time asked_at{};  // 0: never
  Time until{};     // an answer counts until then
  Id question;      // the message that asks; 0: erased
  int score = 0;    // 1 to 5; 0: none yet
  Time scored_at{};
  Id answer;            // the message that the score was read from; 0: erased
  bool words = false;   // it says more than the score
  bool changed = false;  // since it was loaded
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
  Work work;
  Satisfaction satisfaction;

  const ChannelUse* use_of(std::string_view channel) const;
  ChannelUse* use_of(std::string_view channel);
  bool was_said(Visibility visibility) const;  // did the customer write something that is public, or private
};

}  // namespace jackfield
