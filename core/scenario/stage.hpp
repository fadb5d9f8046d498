// Where a story is played: the daemon, and who and what the story's names stand for. Each verb is an act on it.
#pragma once

#include <map>
#include <string>

#include "scenario/story.hpp"
#include "scenario/world.hpp"

namespace jackfield::scenario {

// What a label stands for: a message (with what its provider said of it), or an entry of the merge journal.
struct Labelled {
  std::string channel, provider_id;
  std::string event;  // as it was delivered
  Id message;
  Id merge;
  Id conversation;  // of a label that is neither of these
};

struct Stage {
  Stage(const Story& s, LocalTime l, World& w) : story(s), local(std::move(l)), world(w) {}

  const Story& story;
  const LocalTime local;
  World& world;
  std::map<std::string, Labelled> labels;
  std::map<std::string, Labelled> last_written;  // by person
  std::map<std::string, std::size_t> counts;     // of numbers given out
  std::int64_t events_seen = 0;                  // cursor up to which they were looked at
  std::size_t left_seen = 0;                     // the same of what left

  const Person& person(const std::string& who) const { return story.people.at(who); }
  // Errc::not_found: it is of nobody's.
  Result<Labelled> message(const std::string& label) const;
  Result<Id> conversation(const std::string& of);  // of a person or a label
  Id contact(const std::string& who);              // 0: not known to the daemon
  std::string name_for_people(Id contact) const;
};

// One of the verbs but expect. An Error is a refusal: what the daemon said.
Result<void> act(Stage& stage, const Step& step);

// --- the verbs, by who does them
Result<void> writes(Stage& stage, const Value& what);
Result<void> redelivers(Stage& stage, const Value& what);
Result<void> changes_message(Stage& stage, const std::string& verb, const Value& what);
Result<void> says_of_themselves(Stage& stage, const std::string& verb, const Value& what);
Result<void> receipt(Stage& stage, const Value& what);
Result<void> storm(Stage& stage, const Value& what);

Result<void> presence(Stage& stage, const Value& what);
Result<void> moves(Stage& stage, const std::string& verb, const Value& what);  // accepts, declines, releases
Result<void> answers(Stage& stage, const std::string& verb, const Value& what);
Result<void> changes(Stage& stage, const std::string& verb, const Value& what);
Result<void> staff(Stage& stage, const Value& what);

Result<void> asks_for_a_call(Stage& stage, const Value& what);
Result<void> calls(Stage& stage, const Value& what);
Result<void> calls_off(Stage& stage, const Value& what);

Result<void> imports(Stage& stage, const Value& what);
Result<void> merges(Stage& stage, const Value& what);
Result<void> splits(Stage& stage, const Value& what);
Result<void> undoes(Stage& stage, const Value& what);
Result<void> erases(Stage& stage, const Value& what);

// Errors say what is wrong with the text.
Millis duration_of(const std::string& text);  // checked when it was read

}  // namespace jackfield::scenario
