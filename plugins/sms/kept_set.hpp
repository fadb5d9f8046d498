// The parts of one long message, as they are kept. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "provider.hpp"

namespace jackfield::sms {

// A message put together from what came. The text of missing parts is "[…]".
struct Whole {
  Inbound message;  // the first part that is there, with the text of all
  std::uint8_t total = 1;
  std::vector<std::uint8_t> missing;  // numbers, ascending
};

struct KeptSet {
  std::int64_t since_ms = 0;  // when its first part came
  bool over = false;          // delivered; only what tells duplicates is left
  std::map<std::uint8_t, Inbound> parts;
  std::map<std::uint8_t, std::string> delivered;  // number → digest of its content

  bool is_empty() const { return parts.empty() && delivered.empty(); }
  bool is_complete() const { return !parts.empty() && parts.size() == parts.begin()->second.part->total; }
  // Does it hold that part, or did it deliver it?
  bool knows(const Inbound& part) const;
  // Another part stands in its place: the sender uses the reference again.
  bool contradicts(const Inbound& part) const;

  Whole whole() const;  // parts must not be empty
  void finish();        // parts become delivered
};

std::string key_of_set(const Inbound& part);  // sender, recipient, reference and its width, total

std::string to_json(const KeptSet& set);
std::optional<KeptSet> kept_set_from(std::string_view text);  // nullopt: not what to_json wrote

}  // namespace jackfield::sms
