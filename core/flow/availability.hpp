// Whether somebody can answer now, and how long it takes: of a queue and of a channel. From rows that were read, so
// that it costs the writer nothing.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "flow/environment.hpp"
#include "store/reader.hpp"

namespace jackfield::flow {

// How it stands in a queue for those who ask from outside.
struct QueueStanding {
  std::int64_t waiting = 0;
  std::int64_t agents_online = 0;                 // with its skills
  std::array<bool, kCapacityClasses> has_room{};  // could one of them take another one of that class?
  std::optional<Millis> expected_wait;            // nothing: not known, or nobody is there
  bool open = true;
  Time opens_at{};   // Time{}: it is open, or never opens
  Time closes_at{};  // Time{}: it is closed, or never closes
};

// queue null: one that the configuration does not name any more.
QueueStanding standing_of(const store::QueueFigures& figures, const QueueSpec* queue, const Environment& env,
                          const std::vector<Agent>& online, Time now);

// In the order from best to worst.
enum class ChannelStanding : std::uint8_t {
  open,       // somebody is free
  busy,       // somebody is there, and all are at work
  unstaffed,  // nobody is there who could answer
  closed,     // outside the hours
  down,       // the channel itself does not work
};
std::string_view name_of(ChannelStanding standing);

struct Availability {
  std::string channel;
  ChannelStanding standing = ChannelStanding::down;
  std::optional<Millis> expected_wait;    // when open or busy, as far as it is known
  Time opens_at{}, closes_at{};           // Time{}: none
  std::vector<std::string> queues;        // that its messages may come into (reach.hpp)
  std::vector<std::string> alternatives;  // other channels where somebody answers now, the quickest first
  bool answered_now() const { return standing == ChannelStanding::open; }
};

// A channel as the host knows it.
struct ChannelNow {
  std::string name;
  bool works = false;
};

// Of all these channels, in their order. A channel is as good as the best queue that its messages may come into, or as
// the one which that overflows to; its expected wait is the longest of those queues that are as good.
Result<std::vector<Availability>> availability(store::Reader& reader, const Environment& env,
                                               const std::vector<ChannelNow>& channels);

}  // namespace jackfield::flow
