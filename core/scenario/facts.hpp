// The facts that can be expected: what is so now, as texts.
#pragma once

#include <string>
#include <vector>

#include "scenario/player.hpp"
#include "scenario/stage.hpp"

namespace jackfield::scenario {

// One subject of an `expect`: adds what does not hold. How many facts were looked at.
std::size_t expect(Stage& stage, const std::string& subject, const Value& what, std::vector<Failure>& failures);

// What is seen of each subject.
using Seen = std::vector<std::string>;
struct Sight {
  virtual ~Sight() = default;
  virtual Seen seen(const std::string& key, const Value& wanted) = 0;
  virtual std::string explained() { return {}; }
};

Result<std::unique_ptr<Sight>> sight_of(Stage& stage, const std::string& subject, const Value& what);
// The subjects around a conversation, and the others.
Result<std::unique_ptr<Sight>> conversation_sight(Stage& stage, const Value& what);
Result<std::unique_ptr<Sight>> message_sight(Stage& stage, const Value& what);
std::unique_ptr<Sight> contact_sight(Stage& stage, const Value& what);
Result<std::unique_ptr<Sight>> callback_sight(Stage& stage, const Value& what);

}  // namespace jackfield::scenario
