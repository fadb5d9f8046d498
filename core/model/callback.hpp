// A callback: that somebody is called by phone, asked for or taken up when it was offered, at a time that suits both.
// Whose it is says its conversation: it goes with that when contacts are merged or split.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"

namespace jackfield {

struct Contact;

enum class CallbackState : std::uint8_t {
  offered = 0,    // the customer was asked and has not answered
  scheduled = 1,  // for its slot
  due = 2,        // in its queue or with an agent
  done = 3,       // they were reached, or want no call any more
  missed = 4,     // nobody called within its slot, or they were tried in vain
  cancelled = 5,
  lapsed = 6,  // an offer that was not taken up
};
std::string_view name_of(CallbackState state);
bool parse(std::string_view text, CallbackState& out);

// What became of a call.
enum class CallOutcome : std::uint8_t {
  reached = 0,
  no_answer = 1,
  busy = 2,
  voicemail = 3,
  wrong_number = 4,
  refused = 5,  // they were reached and want no call
};
std::string_view name_of(CallOutcome outcome);
bool parse(std::string_view text, CallOutcome& out);

struct CallbackSlot {
  Time from{}, until{};
  bool operator==(const CallbackSlot&) const = default;
};

struct CallAttempt {
  Time at{};
  std::string agent;  // who says so
  CallOutcome outcome = CallOutcome::reached;
  std::string note;
};

// One line of its history.
struct CallbackChange {
  Time at{};
  std::string what;  // "requested", "rescheduled", …
  std::string by;    // an agent, a token, "customer"; empty: Jackfield
  std::string why;   // for people; may be empty
};

struct Callback {
  Id id;
  Id conversation;
  std::string queue;   // that it comes due in
  std::string number;  // "tel:+33612345678"; empty: not known yet (offered)
  CallbackState state = CallbackState::scheduled;
  CallbackSlot slot;  // offered: the first of those
  Time created_at{};
  std::string note;      // for who calls
  std::string asked_by;  // an agent, a token, "customer"
  // Of one that was offered: by which rule, over which channel, and what they could choose.
  std::string rule, channel;
  std::vector<CallbackSlot> choices;
  std::vector<CallAttempt> attempts;
  std::vector<CallbackChange> history;

  bool is_open() const { return state <= CallbackState::due; }
};

// --- stored form of what has no column of its own: note, asked_by, rule, channel, choices, attempts, history
std::string callback_detail_to_json(const Callback& callback);
void read_callback_detail(std::string_view json, Callback& out);

// --- the API's form; contact may be null
std::string callback_to_json(const Callback& callback, const Contact* contact);

}  // namespace jackfield
