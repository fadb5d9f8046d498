#include "scenario/stage.hpp"

#include <algorithm>
#include <charconv>
#include <functional>

#include "flow/merge.hpp"

namespace jackfield::scenario {
namespace {

Result<void> provider(Stage& stage, const Value& what) {
  static const std::map<std::string, Behaviour> manners{{"accepts", Behaviour::accepts},
                                                        {"refuses", Behaviour::refuses},
                                                        {"fails", Behaviour::fails},
                                                        {"loses", Behaviour::loses},
                                                        {"keeps silent", Behaviour::keeps_silent}};
  const auto again = what.word("again_after");
  stage.world.connectors().behave(what.word("on"), manners.at(what.word("does")),
                                  again.empty() ? Millis{0} : duration_of(again));
  stage.world.settle();
  return {};
}

Result<void> comes_back(Stage& stage, const Value& what, bool crash) {
  stage.world.close(crash);
  stage.world.advance_to(stage.world.now() + duration_of(what.word("down")));
  return stage.world.open();
}

Result<void> wait(Stage& stage, const Value& what) {
  stage.world.advance_to(stage.world.now() + duration_of(what.word("time")));
  return {};
}

}  // namespace

Millis duration_of(const std::string& text) {
  static const std::map<std::string, std::int64_t> units{{"", 1},       {"ms", 1},        {"s", 1000},
                                                         {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  std::int64_t number = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto unit = units.find(std::string(end, text.data() + text.size()));
  return Millis{unit == units.end() ? number : number * unit->second};
}

Result<Labelled> Stage::message(const std::string& label) const {
  const auto at = labels.find(label);
  if (at != labels.end()) return at->second;
  const auto last = last_written.find(label);
  if (last != last_written.end()) return last->second;
  return fail(Errc::not_found, "nothing bears the label \"" + label + "\" yet");
}

Result<Id> Stage::conversation(const std::string& of) {
  auto named = message(of);
  if (!named)
    return fail(Errc::not_found, story.people.contains(of) ? of + " has not written yet" : named.error().message);
  Id out = named->conversation;
  world.read([&](store::Unit& unit, const flow::Environment&) {
    const auto* found = named->message ? unit.message(named->message) : nullptr;
    if (found) out = found->conversation;
  });
  if (!out) return fail(Errc::not_found, "what " + of + " stands for has no conversation");
  return out;
}

Id Stage::contact(const std::string& who) {
  Id out;
  world.read([&](store::Unit& unit, const flow::Environment&) {
    for (const auto& [channel, address] : person(who).addresses)
      if (const auto* found = unit.contact_by_address("", address); found && !out)
        if (const auto* living = flow::living_contact(unit, found->id)) out = living->id;
  });
  return out;
}

Result<void> act(Stage& stage, const Step& step) {
  const auto& [verb, what] = std::tie(step.verb, step.what);
  using Verb = std::function<Result<void>()>;
  const std::map<std::string, Verb> all{
      {"writes", [&] { return writes(stage, what); }},
      {"redelivers", [&] { return redelivers(stage, what); }},
      {"edits", [&] { return changes_message(stage, verb, what); }},
      {"deletes", [&] { return changes_message(stage, verb, what); }},
      {"reacts", [&] { return changes_message(stage, verb, what); }},
      {"types", [&] { return says_of_themselves(stage, verb, what); }},
      {"opts_out", [&] { return says_of_themselves(stage, verb, what); }},
      {"opts_in", [&] { return says_of_themselves(stage, verb, what); }},
      {"presence", [&] { return presence(stage, what); }},
      {"vanishes", [&] { return stage.world.vanish(what.word("agent")), Result<void>(); }},
      {"accepts", [&] { return moves(stage, verb, what); }},
      {"declines", [&] { return moves(stage, verb, what); }},
      {"releases", [&] { return moves(stage, verb, what); }},
      {"answers", [&] { return answers(stage, verb, what); }},
      {"notes", [&] { return answers(stage, verb, what); }},
      {"closes", [&] { return changes(stage, verb, what); }},
      {"changes", [&] { return changes(stage, verb, what); }},
      {"asks_for_a_call", [&] { return asks_for_a_call(stage, what); }},
      {"calls", [&] { return calls(stage, what); }},
      {"calls_off", [&] { return calls_off(stage, what); }},
      {"imports", [&] { return imports(stage, what); }},
      {"merges", [&] { return merges(stage, what); }},
      {"splits", [&] { return splits(stage, what); }},
      {"undoes", [&] { return undoes(stage, what); }},
      {"erases", [&] { return erases(stage, what); }},
      {"provider", [&] { return provider(stage, what); }},
      {"receipt", [&] { return receipt(stage, what); }},
      {"restart", [&] { return comes_back(stage, what, false); }},
      {"kill", [&] { return comes_back(stage, what, true); }},
      {"reload", [&] { return stage.world.reload(stage.story.settings.at(static_cast<std::size_t>(step.setting))); }},
      {"wait", [&] { return wait(stage, what); }},
      {"storm", [&] { return storm(stage, what); }},
      {"staff", [&] { return staff(stage, what); }},
  };
  return all.at(verb)();
}

}  // namespace jackfield::scenario
