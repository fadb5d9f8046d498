// An agent: a person who answers, with what they can do, whether they are there, and what they hold now.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace jackfield {

enum class Presence : std::uint8_t { offline = 0, away = 1, online = 2 };
std::string_view name_of(Presence presence);
bool parse(std::string_view text, Presence& out);

// What a conversation takes of an agent (CONTRACT.md): web chat, voice, all others.
enum class CapacityClass : std::uint8_t { message = 0, chat = 1, voice = 2 };
inline constexpr std::size_t kCapacityClasses = 3;
std::string_view name_of(CapacityClass capacity_class);
bool parse(std::string_view text, CapacityClass& out);

// How many of each class.
using PerClass = std::array<int, kCapacityClasses>;
inline int& of(PerClass& counts, CapacityClass c) { return counts[static_cast<std::size_t>(c)]; }
inline int of(const PerClass& counts, CapacityClass c) { return counts[static_cast<std::size_t>(c)]; }

struct Agent {
  // A queue that the agent could be given work of now, and of which class.
  struct Free {
    std::string queue;
    CapacityClass capacity_class;
    auto operator<=>(const Free&) const = default;
  };

  std::string name;     // what tokens and assignees call it
  std::string display;  // for people
  std::vector<std::string> skills;
  PerClass capacity{5, 3, 1};
  bool fixed = false;   // stands in the configuration file
  bool enabled = true;  // false: was in the file once, or was removed over the API; kept, since the past names it
  Presence presence = Presence::offline;
  Time presence_since{};
  Time presence_until{};   // without another sign of life by then it is offline; 0: no end
  Time idle_since{};       // of equal loads, who has been without a new one for longest is next
  PerClass load{};         // what is offered to it or open with it; kept by flow/assign.cpp
  std::vector<std::string> serves;  // queues it is there for now, sorted: online, with their skills. Set by Unit::serve()
  std::vector<Free> free;  // sorted; what `load`, `presence` and `skills` come to. Kept by flow/agents.cpp
};

}  // namespace jackfield
