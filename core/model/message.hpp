// A message: what was written, by whom, and what became of it.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "model/address.hpp"

namespace jackfield {

enum class Direction : std::uint8_t { in = 0, out = 1, note = 2 };
enum class Visibility : std::uint8_t { private_ = 0, public_ = 1 };

// In the order of promise 5: a status only moves to a greater one. `received` is that of inbound messages.
enum class Status : std::uint8_t {
  queued = 0,
  accepted = 1,
  unknown = 2,
  sent = 3,
  failed = 4,
  delivered = 5,
  read = 6,
  played = 7,
  received = 8,
};

std::string_view name_of(Direction direction);
std::string_view name_of(Visibility visibility);
std::string_view name_of(Status status);
bool parse(std::string_view text, Direction& out);
bool parse(std::string_view text, Visibility& out);
bool parse(std::string_view text, Status& out);

// What a person wrote, the same shape in events from connectors, in the store and in the API.
struct Content {
  Address from;
  std::vector<Address> to;
  std::vector<Address> cc;
  std::string subject;        // empty: none
  std::string text;           // readable text of all parts, see text_of
  boost::json::array parts;   // checked by check_parts
  std::string html;           // sanitised; empty: none
  std::string new_text;       // text without quotes and signature; empty: same as text
  std::string language;       // empty: not known
  std::string quoted;         // provider id of what it answers; empty: none
  Id reply_to;                // the same message when we hold it
  std::string automatic;      // no person wrote it: "reply", "bulk", "notice"; empty: one did
  boost::json::array converted;  // [{"part": index, "was": the part}]: what was made text since the channel cannot carry it
  boost::json::object extra;  // what else the connector says of it: "kind", "template", …
};

struct StatusChange {
  Status status;
  Time at;
};

struct SendError {
  std::string error_class;  // "recipient", "throttled", …
  std::string code;         // the provider's
  std::string detail;
  Time at;
};

// What became of it; for inbound messages only the provider's ids.
struct Track {
  std::vector<std::string> provider_ids;
  std::vector<StatusChange> history;
  std::vector<SendError> errors;
};

struct Message {
  Id id;
  Id conversation;
  Id contact;
  std::string channel;  // empty for notes
  Direction direction = Direction::in;
  Visibility visibility = Visibility::private_;
  Status status = Status::received;
  Content content;
  Track track;
  std::optional<Time> sent_at;  // by the provider's clock (in), when it was accepted (out)
  Time received_at{};           // by ours
};

}  // namespace jackfield
