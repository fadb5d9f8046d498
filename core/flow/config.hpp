// What operators configure of the flow: queues, rules, channels' policies. Filled in by app/ from YAML, checked there for
// shape and here (compile_rules) for meaning.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "flow/hours.hpp"
#include "model/agent.hpp"
#include "model/conversation.hpp"
#include "model/message.hpp"

namespace jackfield::flow {

// A number against a bound: "> 10".
struct Bound {
  char op = '=';  // < > = and l, g for <= and >=
  std::int64_t value = 0;
  bool holds(std::int64_t number) const {
    switch (op) {
      case '<': return number < value;
      case 'l': return number <= value;
      case '>': return number > value;
      case 'g': return number >= value;
      default: return number == value;
    }
  }
};

// How it stands in a queue; what is not said is not looked at.
struct QueueCondition {
  std::string queue;
  std::optional<Bound> waiting;  // who waits
  std::optional<Bound> agents;   // who is online with its skills
  std::optional<Bound> wait;     // expected, in milliseconds; holds for no bound while it is not known
};

// A condition as written. Lists are or-ed, members are and-ed; a member that is empty says nothing.
struct ConditionSpec {
  std::vector<std::string> channel, plugin, kind;
  std::optional<Visibility> visibility;
  std::vector<std::string> text_any;  // words or phrases, case- and accent-insensitive
  std::string text_matches;           // RE2
  std::vector<std::string> subject_any;
  std::string subject_matches;
  std::vector<std::string> from, to;  // address globs: "*@example.com", "tel:+33*"; the scheme may be left out
  std::map<std::string, std::vector<std::string>> contact;  // attribute (or "tags", "language", "name") -> values
  std::vector<ConversationState> conversation_state;
  std::vector<std::string> conversation_tags;
  std::optional<bool> conversation_new;
  std::optional<bool> attachments;
  std::vector<std::string> language;         // of the message, else of the contact
  std::map<std::string, bool> hours;         // calendar -> open or closed
  std::vector<QueueCondition> queues;        // all of them
  std::vector<ConditionSpec> not_, any_of, all_of;  // not_ holds at most one
};

// A callback that a rule offers: what is said, by language ("" for all others).
struct CallbackOffer {
  std::map<std::string, std::string> text;  // {number} is the contact's; the slots follow
  // Said where no number is known; {slot} is the first one. Empty: nothing is offered to them.
  std::map<std::string, std::string> ask_number;
  std::map<std::string, std::string> confirm;  // once it is taken up: {number}, {slot}. Empty: nothing is said
};

struct RuleSpec {
  std::string name;
  ConditionSpec when;
  std::optional<Priority> priority;
  std::vector<std::string> tags;
  std::string language;
  std::map<std::string, std::string> attributes;  // of the contact
  std::string to;     // queue; ends the list
  std::map<std::string, std::string> reply;  // by language, "" for all others: said at once, automatically
  std::optional<CallbackOffer> callback;
  bool close = false; // the conversation is closed at once
  bool drop = false;  // spam: kept and marked, no conversation
  int line = 0;       // in the configuration, for errors and decisions
};

// After so long in a queue, more is made of it.
struct EscalationSpec {
  Millis after{0};
  std::optional<Priority> priority;
  std::vector<std::string> tags;
};

// How customers are called back.
struct CallbackSpec {
  std::string queue;                    // that callbacks come due in; empty: the conversation's own
  Millis slot{30 * 60'000};             // its length
  int per_slot = 5;                     // so many at once
  Millis ahead{14 * 24 * 3'600'000LL};  // no slot lies further ahead
  std::size_t choices = 3;              // slots that are offered at once
  Millis answer_within{3'600'000};      // an offer lapses after that
  int tries = 3;                        // calls; then it is missed
  Millis again_after{30 * 60'000};      // between two of them, at least
  Priority priority = Priority::high;   // when it comes due, at least
  bool reschedule_missed = false;       // nobody called: the next free slot, else it goes on waiting, as urgent
};

// What customers are asked once their conversation is closed; see flow/survey.hpp.
struct SatisfactionSpec {
  std::map<std::string, std::string> ask;     // by language, "" for all others
  std::map<std::string, std::string> thanks;  // the same; empty: none
  std::map<std::string, std::vector<std::string>> scale;  // names of 1 to 5, by language; empty: stars
  Millis after{std::chrono::minutes{5}};                  // it was closed
  Millis within{std::chrono::days{2}};                    // an answer counts
  Millis not_again_within{std::chrono::days{30}};         // of the last question to the same person; 0: each time
  int low = 2;  // a score up to this that comes with words goes to a person; 0: none does
};

struct QueueSpec {
  std::string name;
  std::string hours;                // a calendar; empty: always open
  std::vector<std::string> skills;  // an agent needs all of them
  // Service level, counted in open hours; 0: none.
  Millis first_response{0}, resolution{0};
  double at_risk = 0.8;  // of the time that there is: from then on it is at risk
  // Overflow: to another queue after that time, or sooner when nobody is there; 0: not by this.
  std::string overflow_to;
  Millis overflow_after{0}, overflow_when_absent{0};
  std::vector<EscalationSpec> escalation;  // by time
  CallbackSpec callbacks;                  // of those that come due in it; `queue`: of conversations that are in it
  std::optional<SatisfactionSpec> satisfaction;  // in place of the general one
  bool asks = true;                              // for satisfaction at all
};

struct AgentSpec {
  std::string name, display;
  std::vector<std::string> skills;
  PerClass capacity{5, 3, 1};
};

// How work finds agents.
struct AssignmentSpec {
  Millis offer{60'000};      // to answer an offer; then the next is asked
  Millis presence{120'000};  // an agent who gives no sign of life for so long is offline
  Millis unanswered{0};      // an assigned conversation that its agent does not answer comes back; 0: never
  // What of each class may be offered to an agent who is busy with that of another.
  std::array<std::array<bool, kCapacityClasses>, kCapacityClasses> may_interrupt{{
      {true, true, false},  // a message may come beside chats, not beside a call
      {true, true, false},  // so may a chat
      {true, true, true},   // a call may come at any time
  }};
};

enum class ConversationScope : std::uint8_t { contact, channel, thread };

struct ChannelPolicy {
  std::string name, plugin;
  double per_second = 0;        // 0: what the connector declares
  bool resend_unknown = false;  // on_unknown: resend
  std::optional<ConversationScope> scope;  // default: by the connector, thread for public posts
  Millis reopen{0};             // a closed conversation is reopened by a message within this time
  // What somebody began in public goes on when they write privately here: while it is open, and for so long after.
  Millis after_public{std::chrono::days{1}};
};

struct ReportsSpec {
  std::string timezone = "UTC";         // in which a day of reports begins and ends
  Millis keep{std::chrono::days{1095}};  // how long days are kept; what all days come to is kept for ever
};

struct FlowConfig {
  std::string public_url;         // without a slash at its end; empty: providers cannot fetch files from here
  std::vector<QueueSpec> queues;  // at least one: "inbox" when the file has none
  std::map<std::string, CalendarSpec> hours;
  std::vector<AgentSpec> agents;
  AssignmentSpec assignment;
  CallbackSpec callbacks;  // where no queue says otherwise
  ReportsSpec reports;
  std::vector<RuleSpec> rules;
  std::map<std::string, ChannelPolicy> channels;
  std::vector<std::string> join_on;  // address schemes that join contacts when attested
  std::optional<SatisfactionSpec> satisfaction;

  const QueueSpec* queue(std::string_view name) const {
    for (const auto& spec : queues)
      if (spec.name == name) return &spec;
    return nullptr;
  }
  // What is asked of conversations of that queue; null: nothing.
  const SatisfactionSpec* satisfaction_of(std::string_view name) const {
    const QueueSpec* spec = queue(name);
    if (spec && (!spec->asks || spec->satisfaction)) return spec->asks ? &*spec->satisfaction : nullptr;
    return satisfaction ? &*satisfaction : nullptr;
  }
};

}  // namespace jackfield::flow
