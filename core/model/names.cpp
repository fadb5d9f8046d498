// Names of the model's enumerations, as the API and the configuration spell them.
#include <array>

#include "model/address.hpp"
#include "model/conversation.hpp"
#include "model/event.hpp"
#include "model/message.hpp"

namespace jackfield {
namespace {

using Names = std::string_view;
constexpr std::array<Names, 4> kEvidence{"guessed", "asserted", "attested", "entered"};
constexpr std::array<Names, 4> kState{"open", "pending", "snoozed", "closed"};
constexpr std::array<Names, 4> kPriority{"low", "normal", "high", "urgent"};
constexpr std::array<Names, 3> kDirection{"in", "out", "note"};
constexpr std::array<Names, 2> kVisibility{"private", "public"};
constexpr std::array<Names, 9> kStatus{"queued",    "accepted", "unknown", "sent",    "failed",
                                       "delivered", "read",     "played",  "received"};
constexpr std::array<Names, 3> kPresence{"offline", "away", "online"};
constexpr std::array<Names, 3> kCapacity{"message", "chat", "voice"};
constexpr std::array<Names, 31> kEvent{
    "message.received",      "message.queued",       "message.status",      "message.edited",
    "message.deleted",       "message.reaction",     "conversation.opened", "conversation.routed",
    "conversation.assigned", "conversation.updated", "conversation.closed", "contact.created",
    "contact.merged",        "contact.split",        "contact.erased",      "channel.state",
    "message.media",         "conversation.offered", "agent.presence",      "service_level.at_risk",
    "service_level.missed",  "callback.requested",   "callback.due",        "conversation.typing",
    "contact.updated",       "callback.offered",     "callback.updated",    "callback.missed",
    "callback.done",         "callback.cancelled",  "satisfaction.scored"};

template <class Enum, std::size_t N>
std::string_view name_in(const std::array<Names, N>& names, Enum value) {
  const auto at = static_cast<std::size_t>(value);
  return at < N ? names[at] : Names{"?"};
}

template <class Enum, std::size_t N>
bool find_in(const std::array<Names, N>& names, std::string_view text, Enum& out) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] != text) continue;
    out = static_cast<Enum>(i);
    return true;
  }
  return false;
}

}  // namespace

std::string_view name_of(Evidence v) { return name_in(kEvidence, v); }
std::string_view name_of(ConversationState v) { return name_in(kState, v); }
std::string_view name_of(Priority v) { return name_in(kPriority, v); }
std::string_view name_of(Direction v) { return name_in(kDirection, v); }
std::string_view name_of(Visibility v) { return name_in(kVisibility, v); }
std::string_view name_of(Status v) { return name_in(kStatus, v); }
std::string_view name_of(Presence v) { return name_in(kPresence, v); }
std::string_view name_of(CapacityClass v) { return name_in(kCapacity, v); }
std::string_view name_of(EventType v) { return name_in(kEvent, v); }

bool parse(std::string_view text, Evidence& out) { return find_in(kEvidence, text, out); }
bool parse(std::string_view text, ConversationState& out) { return find_in(kState, text, out); }
bool parse(std::string_view text, Priority& out) { return find_in(kPriority, text, out); }
bool parse(std::string_view text, Direction& out) { return find_in(kDirection, text, out); }
bool parse(std::string_view text, Visibility& out) { return find_in(kVisibility, text, out); }
bool parse(std::string_view text, Status& out) { return find_in(kStatus, text, out); }
bool parse(std::string_view text, Presence& out) { return find_in(kPresence, text, out); }
bool parse(std::string_view text, CapacityClass& out) { return find_in(kCapacity, text, out); }
bool parse(std::string_view text, EventType& out) { return find_in(kEvent, text, out); }

}  // namespace jackfield
