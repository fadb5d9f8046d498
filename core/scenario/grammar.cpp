#include "scenario/grammar.hpp"

#include <algorithm>

namespace jackfield::scenario {
namespace {

using T = Takes;

template <class List>
auto named(const List& list, std::string_view name) -> decltype(list.data()) {
  const auto at = std::find_if(list.begin(), list.end(), [&](const auto& entry) { return entry.name == name; });
  return at == list.end() ? nullptr : &*at;
}

}  // namespace

const KeyShape* Shape::key(std::string_view key_name) const { return named(keys, key_name); }

const Shape* shape_of(const std::vector<Shape>& shapes, std::string_view name) { return named(shapes, name); }

const std::vector<std::string_view>& behaviours() {
  static const std::vector<std::string_view> all{"accepts", "refuses", "fails", "loses", "keeps silent"};
  return all;
}

const std::vector<Shape>& verbs() {
  static const std::vector<Shape> all{
      // what customers do
      {"writes",
       {{"who", T::who, true},
        {"on", T::channel, true},
        {"text", T::text},
        {"subject", T::text},
        {"as", T::label},
        {"answers", T::message},
        {"proven", T::yes_no},
        {"public", T::yes_no},
        {"thread", T::text},
        {"to", T::texts},
        {"kind", T::text},
        {"language", T::text},
        {"attachments", T::texts},
        {"automatic", T::text},
        {"evidence", T::evidence},
        {"also", T::texts},
        {"sent", T::moment}},
       ""},
      {"redelivers", {{"message", T::message, true}}, "message"},
      {"edits", {{"message", T::message, true}, {"text", T::text, true}}, ""},
      {"deletes", {{"message", T::message, true}}, "message"},
      {"reacts", {{"message", T::message, true}, {"emoji", T::text, true}}, ""},
      {"types", {{"who", T::who, true}, {"on", T::channel, true}}, ""},
      {"opts_out", {{"who", T::who, true}, {"on", T::channel, true}, {"because", T::text}}, ""},
      {"opts_in", {{"who", T::who, true}, {"on", T::channel, true}}, ""},
      // what agents do
      {"vanishes", {{"agent", T::agent, true}}, "agent"},
      {"accepts", {{"agent", T::agent, true}, {"of", T::of, true}}, ""},
      {"declines", {{"agent", T::agent, true}, {"of", T::of, true}}, ""},
      {"releases", {{"agent", T::agent, true}, {"of", T::of, true}}, ""},
      {"answers",
       {{"agent", T::agent},
        {"of", T::of, true},
        {"text", T::text},
        {"template", T::text},
        {"on", T::channel},
        {"as", T::label}},
       ""},
      {"notes", {{"agent", T::agent}, {"of", T::of, true}, {"text", T::text, true}}, ""},
      {"closes", {{"of", T::of, true}, {"agent", T::agent}}, "of"},
      {"changes",
       {{"of", T::of, true},
        {"agent", T::agent},
        {"queue", T::queue},
        {"priority", T::priority},
        {"state", T::state},
        {"tags", T::texts},
        {"assignee", T::agent},
        {"snooze", T::duration}},
       ""},
      // calling back
      {"asks_for_a_call",
       {{"who", T::who, true},
        {"number", T::text},
        {"queue", T::queue},
        {"from", T::moment},
        {"until", T::moment},
        {"note", T::text},
        {"agent", T::agent},
        {"as", T::label}},
       "who"},
      {"calls", {{"agent", T::agent, true}, {"of", T::of, true}, {"outcome", T::outcome, true}, {"note", T::text}}, ""},
      {"calls_off", {{"of", T::of, true}, {"agent", T::agent}}, "of"},
      // what is said of contacts
      {"imports",
       {{"who", T::who, true}, {"name", T::text}, {"language", T::text}, {"tags", T::texts}, {"attributes", T::map}},
       "who"},
      {"merges", {{"into", T::who, true}, {"from", T::who, true}, {"as", T::label}}, ""},
      {"splits", {{"from", T::who, true}, {"off", T::who, true}, {"as", T::label}}, ""},
      {"undoes", {{"merge", T::message, true}}, "merge"},
      {"erases", {{"who", T::who, true}}, "who"},
      // what providers and the machine do
      {"provider", {{"on", T::channel, true}, {"does", T::behaviour, true}, {"again_after", T::duration}}, ""},
      {"receipt", {{"of", T::of, true}, {"status", T::status, true}}, ""},
      {"restart", {{"down", T::duration, true}}, "down"},
      {"kill", {{"down", T::duration, true}}, "down"},
      {"wait", {{"time", T::duration, true}}, "time"},
      {"storm",
       {{"messages", T::number, true},
        {"people", T::number, true},
        {"on", T::channels, true},
        {"within", T::duration, true},
        {"texts", T::texts},
        {"killed_after", T::number}},
       ""},
      {"staff", {{"agents", T::texts, true}, {"until_empty", T::queue, true}, {"each", T::duration}}, ""},
  };
  return all;
}

const std::vector<Shape>& subjects() {
  static const std::vector<Shape> all{
      {"conversation",
       {{"of", T::of, true},
        {"queue", T::queue},
        {"priority", T::priority},
        {"state", T::state},
        {"assignee", T::agent},
        {"offered_to", T::agent},
        {"waits", T::yes_no},
        {"tags", T::texts},
        {"without_tags", T::texts},
        {"messages", T::bound},
        {"received", T::bound},
        {"answered", T::bound},
        {"automatic", T::bound},
        {"channels", T::texts},
        {"replies_on", T::channel},
        {"windows", T::windows},
        {"language", T::text},
        {"subject", T::text},
        {"rule", T::text},
        {"because", T::text},
        {"first_response_due", T::moment},
        {"resolution_due", T::moment},
        {"waiting_since", T::moment},
        {"same_as", T::of},
        {"apart_from", T::of}},
       ""},
      {"contact",
       {{"of", T::who, true},
        {"known", T::yes_no},
        {"name", T::text},
        {"language", T::text},
        {"tags", T::texts},
        {"attributes", T::map},
        {"addresses", T::texts},
        {"conversations", T::bound},
        {"open", T::bound},
        {"same_as", T::who},
        {"apart_from", T::who}},
       ""},
      {"message", {{"is", T::message, true}, {"status", T::status}, {"text", T::text}, {"kept", T::yes_no}}, ""},
      {"sent",
       {{"to", T::who, true}, {"on", T::channel}, {"count", T::bound}, {"text", T::text}, {"automatic", T::yes_no}},
       ""},
      {"queue",
       {{"name", T::queue, true},
        {"waiting", T::bound},
        {"agents", T::bound},
        {"order", T::texts},
        {"known_wait", T::yes_no}},
       ""},
      {"callback",
       {{"of", T::of, true},
        {"state", T::text},
        {"number", T::text},
        {"queue", T::queue},
        {"from", T::moment},
        {"until", T::moment},
        {"tries", T::bound}},
       ""},
      {"agent", {{"name", T::agent, true}, {"presence", T::presence}, {"holds", T::bound}}, ""},
      {"events", {{"of", T::of}, {"seen", T::texts}, {"never", T::texts}, {"counts", T::map}}, "seen"},
      {"totals",
       {{"conversations", T::bound}, {"contacts", T::bound}, {"dead_letters", T::bound}, {"sent", T::bound}},
       ""},
  };
  return all;
}

}  // namespace jackfield::scenario
