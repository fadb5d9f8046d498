#include "app/scenario_steps.hpp"

#include <algorithm>

#include "app/values.hpp"
#include "scenario/grammar.hpp"

namespace jackfield::app {
namespace {

using scenario::Takes;
using scenario::Value;

scenario::Mark mark_of(Place place) { return {place.line, place.column}; }

Value value_of(const Node& node) {
  Value out;
  out.mark = mark_of(node.place);
  out.text = node.text;
  out.kind = node.kind == Node::Kind::list  ? Value::Kind::list
             : node.kind == Node::Kind::map ? Value::Kind::map
                                            : Value::Kind::text;
  for (const auto& item : node.items) out.items.push_back(value_of(item));
  for (const auto& [key, value] : node.entries) out.members.emplace_back(key.text, value_of(value));
  return out;
}

// What a story's values may name.
struct Names {
  std::vector<std::string> people, channels, queues, agents{"nobody"}, labels;

  explicit Names(const scenario::Story& story) {
    for (const auto& [name, _] : story.people) people.push_back(name);
    for (const auto& setting : story.settings) {
      for (const auto& [name, _] : setting.manifests) channels.push_back(name);
      for (const auto& queue : setting.config.queues) queues.push_back(queue.name);
      for (const auto& agent : setting.config.agents) agents.push_back(agent.name);
    }
  }
};

class StepReader {
 public:
  StepReader(scenario::Story& story, Problems& problems) : story_(story), problems_(problems), names_(story) {}

  void read(const Node& node) {
    scenario::Step step;
    step.mark = mark_of(node.place);
    if (node.kind != Node::Kind::map || node.entries.empty())
      return problems_.error(node.place, "a step must be a map, as in {at: 09:00, writes: {…}}, not " + node.shown());
    for (const auto& [key, value] : node.entries) read_key(key, value, step);
    if (step.verb.empty()) return problems_.error(node.place, "nothing happens in this step");
    story_.steps.push_back(std::move(step));
  }

 private:
  void read_key(const Key& key, const Node& value, scenario::Step& step) {
    if (key.text == "at") {
      step.at = scenario::parse_moment(value.text);
      if (!step.at) tell_kind(value, "a time as in 09:05, mon 09:05 or 2026-03-29 09:05");
    } else if (key.text == "after") {
      step.after = read_duration(value, problems_).value_or(Millis{0});
    } else if (key.text == "refused") {
      step.refused = read_string(value, problems_);
    } else if (!step.verb.empty()) {
      problems_.error(key.place, "one thing a step: this one has " + step.verb + " already" + hint(key.text));
    } else {
      read_verb(key, value, step);
    }
  }

  std::string hint(const std::string& word) const { return suggestion(word, {"at", "after", "refused"}); }

  void read_verb(const Key& key, const Node& value, scenario::Step& step) {
    step.verb = key.text;
    step.mark = mark_of(key.place);
    step.what = value_of(value);
    if (key.text == "presence") return read_presence(value);
    if (key.text == "expect") return read_expect(value);
    if (key.text == "reload") {
      step.setting = ++settings_;
      return;
    }
    const auto* shape = scenario::shape_of(scenario::verbs(), key.text);
    if (!shape) return problems_.error(key.place, "nobody can do \"" + key.text + '"' + suggestion(key.text, verbs()));
    read_shape(*shape, value, step.what);
  }

  static std::vector<std::string> verbs() {
    std::vector<std::string> out{"at", "after", "refused", "presence", "reload", "expect"};
    for (const auto& verb : scenario::verbs()) out.emplace_back(verb.name);
    return out;
  }

  void read_presence(const Node& node) {
    if (node.kind != Node::Kind::map) return tell_kind(node, "agents, as in {ana: online}");
    for (const auto& [agent, presence] : node.entries) {
      check_named(agent.text, agent.place, "agent", names_.agents);
      check(presence, Takes::presence);
    }
  }

  void read_expect(const Node& node) {
    if (node.kind != Node::Kind::map) return tell_kind(node, "what must be seen, as in {conversation: {…}}");
    std::vector<std::string> known;
    for (const auto& subject : scenario::subjects()) known.emplace_back(subject.name);
    for (const auto& [key, value] : node.entries) {
      const auto* shape = scenario::shape_of(scenario::subjects(), key.text);
      if (!shape) {
        problems_.error(key.place, "\"" + key.text + "\" cannot be expected" + suggestion(key.text, known));
        continue;
      }
      Value ignored;
      if (value.kind == Node::Kind::list && shape->alone.empty())
        for (const auto& item : value.items) read_shape(*shape, item, ignored);
      else
        read_shape(*shape, value, ignored);
    }
  }

  void read_shape(const scenario::Shape& shape, const Node& node, Value& out) {
    const std::string what(shape.name);
    if (node.kind != Node::Kind::map && !shape.alone.empty()) {
      check(node, shape.key(shape.alone)->takes);
      Value inner = value_of(node);
      out = Value{.kind = Value::Kind::map, .mark = inner.mark};
      out.members.emplace_back(std::string(shape.alone), std::move(inner));
      return;
    }
    MapReader map(node, what, problems_);
    for (const auto& key : shape.keys)
      if (const Node* value = key.required ? map.required(std::string(key.name)) : map.get(std::string(key.name)))
        check(*value, key.takes);
    map.finish();
    if (what == "writes") check_sender(node);
  }

  void check_sender(const Node& node) {
    const Node* who = node.find("who");
    const Node* on = node.find("on");
    const auto person = who ? story_.people.find(who->text) : story_.people.end();
    if (!on || person == story_.people.end() || person->second.addresses.contains(on->text)) return;
    problems_.error(on->place, who->text + " has no address on " + on->shown() + ": give one under `people`");
  }

  void check(const Node& node, Takes takes) {
    if (node.kind == Node::Kind::list) {
      const bool lists = takes == Takes::texts || takes == Takes::channels || takes == Takes::agent ||
                         takes == Takes::queue || takes == Takes::state;
      if (!lists) return tell_kind(node, "one value");
      for (const auto& item : node.items) check(item, takes);
      return;
    }
    switch (takes) {
      case Takes::text:
      case Takes::texts:
        if (node.kind == Node::Kind::map) tell_kind(node, "a text");
        return;
      case Takes::number:
      case Takes::bound: return check_number(node, takes == Takes::bound);
      case Takes::duration: return void(read_duration(node, problems_));
      case Takes::moment:
        if (!scenario::parse_moment(node.text)) tell_kind(node, "a time as in 09:05 or 2026-03-29 09:05");
        return;
      case Takes::yes_no: return void(read_bool(node, problems_));
      case Takes::who: return check_named(node.text, node.place, "person", names_.people);
      case Takes::of:
      case Takes::message: return check_of(node);
      case Takes::label: return names_.labels.push_back(node.text);
      case Takes::channel:
      case Takes::channels: return check_named(node.text, node.place, "channel", names_.channels);
      case Takes::queue: return check_named(node.text, node.place, "queue", names_.queues);
      case Takes::agent: return check_named(node.text, node.place, "agent", names_.agents);
      case Takes::state: return choose(node, {"open", "pending", "snoozed", "closed"});
      case Takes::priority: return choose(node, {"low", "normal", "high", "urgent"});
      case Takes::presence: return choose(node, {"online", "away", "offline"});
      case Takes::status:
        return choose(node,
                      {"queued", "accepted", "unknown", "sent", "failed", "delivered", "read", "played", "received"});
      case Takes::outcome:
        return choose(node, {"reached", "no_answer", "busy", "voicemail", "wrong_number", "refused"});
      case Takes::evidence: return choose(node, {"guessed", "asserted", "attested"});
      case Takes::behaviour: {
        const auto& all = scenario::behaviours();
        return choose(node, {all.begin(), all.end()});
      }
      case Takes::map:
        if (node.kind != Node::Kind::map) tell_kind(node, "a map of names and texts");
        return;
      case Takes::windows: return check_windows(node);
    }
  }

  void check_number(const Node& node, bool bound) {
    const auto digit = node.text.find_first_of("0123456789");
    const std::string op = node.text.substr(0, std::min(digit, node.text.find(' ')));
    const bool whole = digit != std::string::npos && digit + 9 >= node.text.size() &&
                       node.text.find_first_not_of("0123456789", digit) == std::string::npos;
    const std::vector<std::string> ops{"", ">", ">=", "<", "<="};
    if (whole && (op.empty() || (bound && std::find(ops.begin(), ops.end(), op) != ops.end()))) return;
    tell_kind(node, bound ? "a number, or a bound as in \"> 3\"" : "a number");
  }

  void check_of(const Node& node) {
    auto known = names_.people;
    known.insert(known.end(), names_.labels.begin(), names_.labels.end());
    check_named(node.text, node.place, "person or label", known);
  }

  void check_windows(const Node& node) {
    if (node.kind != Node::Kind::map) return tell_kind(node, "channels, as in {whatsapp: open}");
    for (const auto& [channel, value] : node.entries) {
      check_named(channel.text, channel.place, "channel", names_.channels);
      choose(value, {"open", "closed", "none"});
    }
  }

  void choose(const Node& node, const std::vector<std::string>& choices) {
    (void)read_choice(node, choices, problems_);
  }

  void check_named(const std::string& name, Place place, const std::string& what,
                   const std::vector<std::string>& known) {
    if (std::find(known.begin(), known.end(), name) != known.end()) return;
    problems_.error(place, "there is no " + what + " \"" + name + '"' + suggestion(name, known));
  }

  void tell_kind(const Node& node, const std::string& wanted) {
    problems_.error(node.place, "expected " + wanted + ", not " + node.shown());
  }

  scenario::Story& story_;
  Problems& problems_;
  Names names_;
  int settings_ = 0;
};

// `events: [a, b]` says `events: {seen: [a, b]}`.
void spell_out_events(scenario::Step& step) {
  for (auto& [subject, value] : step.what.members) {
    if (step.verb != "expect" || subject != "events" || value.kind == Value::Kind::map) continue;
    Value whole{.kind = Value::Kind::map, .mark = value.mark};
    whole.members.emplace_back("seen", std::move(value));
    value = std::move(whole);
  }
}

}  // namespace

void read_steps(const Node& node, scenario::Story& story, Problems& problems) {
  if (node.kind != Node::Kind::list || node.items.empty())
    return problems.error(node.place, "story must be a list of steps, not " + node.shown());
  StepReader reader(story, problems);
  for (const auto& item : node.items) reader.read(item);
  for (auto& step : story.steps) spell_out_events(step);
}

}  // namespace jackfield::app
