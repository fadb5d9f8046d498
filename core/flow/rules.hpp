// The routing rules, compiled once: every word, pattern and value of all rules is looked for at once, and only rules
// whose first condition was met are tried. The cost of a message does not grow with the number of rules that do not
// concern it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "flow/config.hpp"
#include "model/contact.hpp"
#include "model/conversation.hpp"
#include "model/json.hpp"

namespace jackfield::flow {

// What the patterns found in a message. Found outside the transaction.
struct Matches {
  std::vector<std::uint32_t> atoms;  // sorted
  std::string error;                 // a pattern could not be run (RE2 out of memory): rules count as failed
};

// How it stands in a queue now.
struct QueueNow {
  std::int64_t waiting = 0, agents = 0;
  std::optional<Millis> wait;
};

// What rules are tried on.
struct Facts {
  std::string_view channel, plugin;
  Visibility visibility = Visibility::private_;
  const Content* content = nullptr;
  const Matches* matches = nullptr;
  const Contact* contact = nullptr;
  const Conversation* conversation = nullptr;
  bool conversation_new = false;
  std::string_view language;                                   // of the message, else of the contact
  std::function<bool(const std::string&)> is_open;             // of a calendar, now; not set: all are
  std::function<QueueNow(const std::string&)> queue_now = {};  // asked only by rules that look at queues
};

struct RuleMatch {
  std::size_t rule = 0;              // index into the specs
  std::vector<std::string> because;  // for people: "text has \"facture\""
};

// One rule that was looked at.
struct RuleTried {
  std::size_t rule = 0;
  std::vector<std::string> because;  // what held, up to what did not
  bool fits = false;
};

struct RulesOutcome {
  std::vector<RuleMatch> matched;  // in order; the last one may have sent to a queue
  std::string queue;               // empty: none did
  bool drop = false;
  std::size_t tried = 0;
  std::string error;  // rules failed: the message goes to the first queue
};

// Immutable after compile; any thread.
class Rules {
 public:
  // Errors name the rule and its line: a bad pattern, an unknown queue.
  static Result<std::shared_ptr<const Rules>> compile(const FlowConfig& config);
  ~Rules();

  Matches match(const Content& content) const;
  RulesOutcome run(const Facts& facts) const;
  // Every rule up to the one that ends the list, also those that run() need not look at. For people, not for every
  // message.
  std::vector<RuleTried> trace(const Facts& facts) const;
  const std::vector<RuleSpec>& specs() const;
  bool can_drop() const;               // has any rule `drop`?
  bool looks_at_conversation() const;  // does any? Else run() says the same without one

 private:
  Rules();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace jackfield::flow
