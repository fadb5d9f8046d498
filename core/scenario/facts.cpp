#include "scenario/facts.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/has.hpp"
#include "flow/queue_now.hpp"
#include "scenario/grammar.hpp"

namespace jackfield::scenario {
namespace {

std::string joined(const std::vector<std::string>& list) {
  std::string out;
  for (const auto& entry : list) out += (out.empty() ? "" : ", ") + entry;
  return out;
}

// With runs of the same told once: "a, b (3 times), c".
std::string told(const std::vector<std::string>& events) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < events.size();) {
    std::size_t end = i;
    while (end < events.size() && events[end] == events[i]) ++end;
    out.push_back(events[i] + (end - i > 1 ? " (" + std::to_string(end - i) + " times)" : ""));
    i = end;
  }
  return joined(out);
}

// --- what holds

// "3", "> 3", "<= 3"
bool within(const std::string& bound, const std::string& seen) {
  const auto number = bound.find_first_of("0123456789");
  const std::string op = bound.substr(0, bound.find_first_of(" 0123456789"));
  const long wanted = number == std::string::npos ? 0 : std::stol(bound.substr(number)), is = std::stol(seen);
  if (op == ">") return is > wanted;
  if (op == ">=") return is >= wanted;
  if (op == "<") return is < wanted;
  if (op == "<=") return is <= wanted;
  return is == wanted;
}

bool same_moment(const Stage& stage, const std::string& wanted, const std::string& seen) {
  const auto moment = parse_moment(wanted);
  if (!moment || seen.empty()) return false;
  if (!moment->date && !moment->weekday)
    return seen == stage.local.shown(stage.world.now()).substr(0, 10) + " " + wanted;
  const auto at = stage.local.resolve(*moment, moment->date ? Time{} : stage.world.now());
  return at && stage.local.shown(*at) == seen;
}

bool contains_all(const std::vector<std::string>& seen, const std::vector<std::string>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& entry) { return has(seen, entry); });
}

bool same_set(std::vector<std::string> a, std::vector<std::string> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

bool holds(const Stage& stage, const KeyShape& key, const Value& wanted, const Seen& seen) {
  const std::string one = seen.empty() ? std::string{} : seen.front();
  if (key.takes == Takes::bound) return within(wanted.text, one);
  if (key.takes == Takes::moment) return same_moment(stage, wanted.text, one);
  if (key.name == "without_tags")
    return std::none_of(wanted.items.begin(), wanted.items.end(), [&](const Value& v) { return has(seen, v.text); }) &&
           (wanted.kind == Value::Kind::list || !has(seen, wanted.text));
  if (key.name == "tags") return contains_all(seen, wanted.texts());
  if (key.name == "order") return seen == wanted.texts();
  if (key.takes == Takes::texts || key.takes == Takes::map || key.takes == Takes::windows)
    return wanted.kind == Value::Kind::map ? true : same_set(seen, wanted.texts());
  if (key.name == "because" || key.name == "text") return one.find(wanted.text) != std::string::npos;
  if (key.takes == Takes::agent && wanted.text == "nobody") return one.empty();
  return has(wanted.texts(), one);
}

// --- the smaller subjects

class QueueSight final : public Sight {
 public:
  QueueSight(Stage& stage, std::string queue) : stage_(stage), queue_(std::move(queue)) {}
  Seen seen(const std::string& key, const Value&) override {
    if (key == "order") return order();
    Seen out;
    stage_.world.read([&](store::Unit& unit, const flow::Environment& env) {
      const auto now = flow::queue_now(unit, env, queue_);
      out = {key == "waiting"  ? std::to_string(unit.count_waiting(queue_))
             : key == "agents" ? std::to_string(now.agents)
             : now.wait        ? "true"
                               : "false"};
    });
    return out;
  }

 private:
  // Who is next, by the story's names.
  Seen order() {
    std::vector<std::pair<std::int64_t, Id>> waiting;
    stage_.world.read([&](store::Unit& unit, const flow::Environment&) {
      for (const auto c : {CapacityClass::message, CapacityClass::chat, CapacityClass::voice})
        for (const auto* each : unit.waiting(queue_, c, 1000)) waiting.emplace_back(each->work.order, each->id);
    });
    std::sort(waiting.begin(), waiting.end());
    Seen out;
    for (const auto& [order, id] : waiting) out.push_back(name_of_conversation(id));
    return out;
  }
  std::string name_of_conversation(Id id) {
    for (const auto* names : {&stage_.labels, &stage_.last_written})
      for (const auto& [name, _] : *names)
        if (const auto found = stage_.conversation(name); found && *found == id) return name;
    return to_string(id);
  }

  Stage& stage_;
  const std::string queue_;
};

class AgentSight final : public Sight {
 public:
  AgentSight(Stage& stage, std::string name) : stage_(stage), name_(std::move(name)) {}
  Seen seen(const std::string& key, const Value&) override {
    Seen out;
    stage_.world.read([&](store::Unit& unit, const flow::Environment&) {
      const Agent* agent = unit.agent(name_);
      if (!agent) return out.clear();
      out = {key == "presence" ? std::string(jackfield::name_of(agent->presence))
                               : std::to_string(agent->load[0] + agent->load[1] + agent->load[2])};
    });
    return out;
  }

 private:
  Stage& stage_;
  const std::string name_;
};

class SentSight final : public Sight {
 public:
  SentSight(Stage& stage, const Value& what) {
    const Person& who = stage.person(what.word("to"));
    const std::string on = what.word("on");
    for (const auto& left : stage.world.connectors().left()) {
      const auto address = who.addresses.find(left.channel);
      if (address != who.addresses.end() && address->second == left.to && (on.empty() || on == left.channel))
        left_.push_back(left);
    }
  }
  Seen seen(const std::string& key, const Value&) override {
    if (key == "count") return {std::to_string(left_.size())};
    if (left_.empty()) return {"nothing"};
    if (key == "on") return {left_.back().channel};
    if (key == "text") return {left_.back().text};
    return {left_.back().automatic ? "true" : "false"};
  }

 private:
  std::vector<Left> left_;
};

class TotalsSight final : public Sight {
 public:
  explicit TotalsSight(Stage& stage) : stage_(stage) {}
  Seen seen(const std::string& key, const Value&) override {
    store::Reader& reader = stage_.world.reader();
    if (key == "sent") return {std::to_string(stage_.world.connectors().left().size())};
    if (key == "contacts") return count([&](const auto& page) { return reader.contacts("", "", page); });
    if (key == "conversations") return count([&](const auto& page) { return reader.conversations({}, page); });
    return count([&](const auto& page) { return reader.dead_letters({}, page); });
  }

 private:
  template <class Read>
  static Seen count(Read read) {
    std::size_t sum = 0;
    store::PageArgs page{.limit = 500, .cursor = ""};
    do {
      auto part = read(page);
      if (!part) return {"0"};
      sum += part->items.size();
      page.cursor = part->next;
    } while (!page.cursor.empty());
    return {std::to_string(sum)};
  }

  Stage& stage_;
};

// --- events

std::vector<std::string> events_since(Stage& stage, const Value& what) {
  std::optional<Id> only;
  if (const auto* of = what.find("of"))
    if (const auto found = stage.conversation(of->text)) only = *found;
  std::vector<std::string> out;
  for (;;) {
    const auto part = stage.world.reader().events(stage.events_seen, {}, 500);
    if (!part || part->empty()) return out;
    for (const auto& view : *part) {
      stage.events_seen = view.event.cursor;
      if (!only || view.event.conversation == *only) out.emplace_back(jackfield::name_of(view.event.type));
    }
  }
}

// Each of them, in that order, with whatever between.
bool in_order(const std::vector<std::string>& wanted, const std::vector<std::string>& seen) {
  auto at = seen.begin();
  for (const auto& one : wanted) {
    at = std::find(at, seen.end(), one);
    if (at == seen.end()) return false;
    ++at;
  }
  return true;
}

std::size_t expect_events(Stage& stage, const Value& what, std::vector<Failure>& failures) {
  const auto seen = events_since(stage, what);
  std::size_t looked = 0;
  const auto tell = [&](Mark mark, const std::string& expected) {
    failures.push_back({mark, "events since they were last looked at", expected, told(seen), ""});
  };
  if (const auto* wanted = what.find("seen")) {
    ++looked;
    if (!in_order(wanted->texts(), seen)) tell(wanted->mark, joined(wanted->texts()) + ", in that order");
  }
  if (const auto* never = what.find("never"))
    for (const auto& one : never->texts()) {
      ++looked;
      if (has(seen, one)) tell(never->mark, "no " + one);
    }
  if (const auto* counts = what.find("counts"))
    for (const auto& [type, number] : counts->members) {
      ++looked;
      const auto is = std::count(seen.begin(), seen.end(), type);
      if (!within(number.text, std::to_string(is))) tell(number.mark, type + ": " + number.text);
    }
  return looked;
}

}  // namespace

Result<std::unique_ptr<Sight>> sight_of(Stage& stage, const std::string& subject, const Value& what) {
  if (subject == "conversation") return conversation_sight(stage, what);
  if (subject == "message") return message_sight(stage, what);
  if (subject == "contact") return contact_sight(stage, what);
  if (subject == "callback") return callback_sight(stage, what);
  if (subject == "queue") return std::unique_ptr<Sight>(std::make_unique<QueueSight>(stage, what.word("name")));
  if (subject == "agent") return std::unique_ptr<Sight>(std::make_unique<AgentSight>(stage, what.word("name")));
  if (subject == "sent") return std::unique_ptr<Sight>(std::make_unique<SentSight>(stage, what));
  return std::unique_ptr<Sight>(std::make_unique<TotalsSight>(stage));
}

std::size_t expect(Stage& stage, const std::string& subject, const Value& what, std::vector<Failure>& failures) {
  if (subject == "events") return expect_events(stage, what, failures);
  const Shape& shape = *shape_of(subjects(), subject);
  const auto* named = shape.keys.front().required ? what.find(shape.keys.front().name) : nullptr;
  const std::string about =
      subject + (named ? " " +
                             std::string(subject == "sent"                                    ? "to "
                                         : subject == "conversation" || subject == "callback" ? "of "
                                                                                              : "") +
                             named->text
                       : "");
  auto sight = sight_of(stage, subject, what);
  if (!sight) {
    failures.push_back({what.mark, about, "to be there", sight.error().message, ""});
    return 1;
  }
  std::size_t looked = 0;
  for (const auto& [name, wanted] : what.members) {
    const KeyShape& key = *shape.key(name);
    if (key.required || (subject == "sent" && name == "on" && what.members.size() > 2)) continue;
    ++looked;
    if (wanted.kind == Value::Kind::map) {  // attributes, windows: one by one
      for (const auto& [entry, value] : wanted.members) {
        const Seen is = (*sight)->seen(name, Value{.mark = value.mark, .text = entry});
        if (!has(value.texts(), is.empty() ? "" : is.front()))
          failures.push_back({value.mark, about + ": " + name + " " + entry, joined(value.texts()), joined(is),
                              (*sight)->explained()});
      }
      continue;
    }
    const Seen is = (*sight)->seen(name, wanted);
    if (holds(stage, key, wanted, is)) continue;
    const std::string shown = joined(is);
    failures.push_back({wanted.mark, about + ": " + name, joined(wanted.texts()), shown.empty() ? "nothing" : shown,
                        (*sight)->explained()});
  }
  return looked;
}

}  // namespace jackfield::scenario
