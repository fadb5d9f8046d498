#include "app/routing.hpp"

#include <algorithm>
#include <charconv>

#include "app/callbacks.hpp"
#include "app/values.hpp"

namespace jackfield::app {
namespace {

// What a condition may name, for suggestions.
struct Names {
  std::vector<std::string> queues, channels, plugins, hours;
};

void check_known(const Node& node, const std::vector<std::string>& known, const std::string& what, Problems& problems) {
  const auto check = [&](const Node& item) {
    if (item.kind != Node::Kind::scalar || std::find(known.begin(), known.end(), item.text) != known.end()) return;
    problems.warning(item.place, "there is no " + what + " " + item.shown() + suggestion(item.source, known));
  };
  check(node);
  for (const auto& item : node.items) check(item);
}

// {any: […], matches: "…"}, or the words alone.
void read_text(const Node& node, const char* what, std::vector<std::string>& any, std::string& matches,
               Problems& problems) {
  if (node.kind != Node::Kind::map) {
    any = read_strings(node, problems);
    return;
  }
  MapReader map(node, what, problems);
  const Node* words = map.get("any");
  const Node* pattern = map.get("matches");
  if (words != nullptr) any = read_strings(*words, problems);
  if (pattern != nullptr) matches = read_string(*pattern, problems).value_or("");
  map.finish();
  if (words == nullptr && pattern == nullptr) problems.error(node.place, std::string(what) + " needs any or matches");
}

template <class Enum>
std::vector<Enum> read_choices(const Node& node, const std::vector<std::string>& names, Problems& problems) {
  std::vector<Enum> out;
  const auto add = [&](const Node& item) {
    if (const auto choice = read_choice(item, names, problems)) out.push_back(static_cast<Enum>(*choice));
  };
  if (node.kind != Node::Kind::list) add(node);
  if (node.kind == Node::Kind::list && node.items.empty()) problems.error(node.place, "this list is empty");
  for (const auto& item : node.items) add(item);
  return out;
}

void read_conversation(const Node& node, flow::ConditionSpec& out, Problems& problems) {
  MapReader map(node, "conversation", problems);
  if (const Node* state = map.get("state")) {
    out.conversation_state =
        read_choices<ConversationState>(*state, {"open", "pending", "snoozed", "closed"}, problems);
  }
  if (const Node* tags = map.get("tags")) out.conversation_tags = read_strings(*tags, problems);
  if (const Node* is_new = map.get("new")) out.conversation_new = read_bool(*is_new, problems);
  map.finish();
}

void read_contact(const Node& node, flow::ConditionSpec& out, Problems& problems) {
  if (node.kind != Node::Kind::map) {
    problems.error(node.place, "contact must be a map of attributes and values, not " + node.shown());
    return;
  }
  for (const auto& [key, value] : node.entries) out.contact[key.text] = read_strings(value, problems);
}

// {office: open}
void read_hours_condition(const Node& node, const Names& names, flow::ConditionSpec& out, Problems& problems) {
  if (node.kind != Node::Kind::map)
    return problems.error(
        node.place, "hours must be a calendar that is open or closed, as in {office: closed}, not " + node.shown());
  for (const auto& [key, value] : node.entries) {
    if (std::find(names.hours.begin(), names.hours.end(), key.text) == names.hours.end())
      problems.error(key.place, "there are no hours \"" + key.text + "\"" + suggestion(key.text, names.hours));
    if (const auto choice = read_choice(value, {"open", "closed"}, problems)) out.hours[key.text] = *choice == 0;
  }
}

// "> 10", "<= 5m", "0"
std::optional<flow::Bound> read_bound(const Node& node, bool is_time, Problems& problems) {
  std::string_view text = node.text;
  flow::Bound out;
  if (!text.empty() && (text[0] == '<' || text[0] == '>' || text[0] == '=')) {
    out.op = text[0];
    text.remove_prefix(1);
    if (!text.empty() && text[0] == '=') {
      out.op = out.op == '<' ? 'l' : out.op == '>' ? 'g' : '=';
      text.remove_prefix(1);
    }
    while (!text.empty() && text[0] == ' ') text.remove_prefix(1);
  }
  if (is_time) {
    const auto duration = parse_duration(text);
    if (duration) return out.value = duration->count(), out;
  } else {
    const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), out.value);
    if (bad == std::errc{} && end == text.data() + text.size() && out.value >= 0) return out;
  }
  problems.error(node.place, std::string("expected a bound as in ") + (is_time ? "\"> 5m\"" : "\"> 10\" or 0") +
                                 ", not " + node.shown());
  return std::nullopt;
}

// {billing: {waiting: "> 10", agents: 0, wait: "> 5m"}}
void read_queue_condition(const Node& node, const Names& names, flow::ConditionSpec& out, Problems& problems) {
  if (node.kind != Node::Kind::map)
    return problems.error(node.place,
                          "queue must name queues, as in {billing: {waiting: \"> 10\"}}, not " + node.shown());
  for (const auto& [key, value] : node.entries) {
    if (std::find(names.queues.begin(), names.queues.end(), key.text) == names.queues.end())
      problems.error(key.place, "there is no queue \"" + key.text + "\"" + suggestion(key.text, names.queues));
    flow::QueueCondition condition{.queue = key.text, .waiting = {}, .agents = {}, .wait = {}};
    MapReader map(value, "the condition on queue " + key.text, problems);
    if (const Node* bound = map.get("waiting")) condition.waiting = read_bound(*bound, false, problems);
    if (const Node* bound = map.get("agents")) condition.agents = read_bound(*bound, false, problems);
    if (const Node* bound = map.get("wait")) condition.wait = read_bound(*bound, true, problems);
    map.finish();
    out.queues.push_back(std::move(condition));
  }
}

flow::ConditionSpec read_condition(const Node& node, const std::string& what, const Names& names, Problems& problems);

std::vector<flow::ConditionSpec> read_conditions(const Node& node, const std::string& what, const Names& names,
                                                 Problems& problems) {
  std::vector<flow::ConditionSpec> out;
  if (node.kind != Node::Kind::list || node.items.empty()) {
    problems.error(node.place,
                   what + " must be a list of conditions, not " + (node.items.empty() ? "an empty one" : node.shown()));
    return out;
  }
  for (const auto& item : node.items) out.push_back(read_condition(item, "a condition of " + what, names, problems));
  return out;
}

flow::ConditionSpec read_condition(const Node& node, const std::string& what, const Names& names, Problems& problems) {
  flow::ConditionSpec out;
  MapReader map(node, what, problems);
  const auto strings = [&](const char* key, std::vector<std::string>& into) {
    const Node* value = map.get(key);
    if (value != nullptr) into = read_strings(*value, problems);
    return value;
  };
  if (const Node* channel = strings("channel", out.channel)) check_known(*channel, names.channels, "channel", problems);
  if (const Node* plugin = strings("plugin", out.plugin))
    check_known(*plugin, names.plugins, "channel of plugin", problems);
  strings("kind", out.kind);
  strings("from", out.from);
  strings("to", out.to);
  if (const Node* value = map.get("visibility")) {
    const auto choice = read_choice(*value, {"private", "public"}, problems);
    if (choice) out.visibility = static_cast<Visibility>(*choice);
  }
  if (const Node* text = map.get("text")) read_text(*text, "text", out.text_any, out.text_matches, problems);
  if (const Node* text = map.get("subject"))
    read_text(*text, "subject", out.subject_any, out.subject_matches, problems);
  if (const Node* contact = map.get("contact")) read_contact(*contact, out, problems);
  if (const Node* conversation = map.get("conversation")) read_conversation(*conversation, out, problems);
  if (const Node* attachments = map.get("attachments")) out.attachments = read_bool(*attachments, problems);
  strings("language", out.language);
  if (const Node* hours = map.get("hours")) read_hours_condition(*hours, names, out, problems);
  if (const Node* queue = map.get("queue")) read_queue_condition(*queue, names, out, problems);
  if (const Node* inner = map.get("not")) out.not_.push_back(read_condition(*inner, "not", names, problems));
  if (const Node* inner = map.get("any_of")) out.any_of = read_conditions(*inner, "any_of", names, problems);
  if (const Node* inner = map.get("all_of")) out.all_of = read_conditions(*inner, "all_of", names, problems);
  map.finish();
  return out;
}

void read_set(const Node& node, flow::RuleSpec& rule, Problems& problems) {
  MapReader map(node, "set", problems);
  if (const Node* value = map.get("priority")) {
    const auto choice = read_choice(*value, {"low", "normal", "high", "urgent"}, problems);
    if (choice) rule.priority = static_cast<Priority>(*choice);
  }
  if (const Node* tags = map.get("tags")) rule.tags = read_strings(*tags, problems);
  if (const Node* language = map.get("language")) rule.language = read_string(*language, problems).value_or("");
  if (const Node* attributes = map.get("attributes")) {
    if (attributes->kind != Node::Kind::map) {
      problems.error(attributes->place, "attributes must be a map of names and values, not " + attributes->shown());
    }
    for (const auto& [key, value] : attributes->entries) {
      if (auto text = read_string(value, problems)) rule.attributes[key.text] = std::move(*text);
    }
  }
  map.finish();
}

void read_to(const Node& node, const Names& names, flow::RuleSpec& rule, Problems& problems) {
  rule.to = read_string(node, problems).value_or("");
  const bool known = std::find(names.queues.begin(), names.queues.end(), rule.to) != names.queues.end();
  if (known || rule.to.empty()) return;
  problems.error(node.place, "there is no queue " + node.shown() + suggestion(node.source, names.queues));
}

flow::RuleSpec read_rule(const Node& node, std::size_t number, const Names& names, Problems& problems) {
  flow::RuleSpec rule;
  rule.line = node.place.line;
  rule.name = "rule " + std::to_string(number);
  MapReader map(node, "a rule", problems);
  if (const Node* name = map.get("name")) rule.name = read_string(*name, problems).value_or(rule.name);
  if (const Node* when = map.get("when")) rule.when = read_condition(*when, "when", names, problems);
  const Node* set = map.get("set");
  if (set != nullptr) read_set(*set, rule, problems);
  const Node* to = map.get("to");
  if (to != nullptr) read_to(*to, names, rule, problems);
  if (const Node* close = map.get("close")) rule.close = read_bool(*close, problems).value_or(false);
  const Node* drop = map.get("drop");
  if (drop != nullptr) rule.drop = read_bool(*drop, problems).value_or(false);
  const Node* reply = map.get("reply");
  if (reply != nullptr) rule.reply = read_texts(*reply, "reply", problems);
  const Node* callback = map.get("callback");
  if (callback != nullptr) read_callback_offer(*callback, rule, problems);
  map.finish();
  if (map.is_map() && set == nullptr && to == nullptr && !rule.close && !rule.drop && reply == nullptr &&
      callback == nullptr) {
    problems.error(node.place,
                   "the rule \"" + rule.name + "\" does nothing: it needs set, to, reply, callback, close or drop");
  }
  if (rule.drop && (to != nullptr || rule.close || reply != nullptr || callback != nullptr)) {
    problems.error(drop->place,
                   "a message that is dropped makes no conversation: drop excludes to, reply, callback and close");
  }
  if (callback != nullptr && (reply != nullptr || rule.close))
    problems.error(callback->place,
                   "an offered callback is the answer, and waits for one: it excludes reply and close");
  return rule;
}

Names names_of(const Config& config) {
  Names names;
  for (const auto& queue : config.flow.queues) names.queues.push_back(queue.name);
  for (const auto& [name, _] : config.flow.hours) names.hours.push_back(name);
  for (const auto& channel : config.channels) {
    names.channels.push_back(channel.name);
    names.plugins.push_back(channel.plugin);
  }
  return names;
}

}  // namespace

void read_routing(const Node& node, Config& config, Problems& problems) {
  if (node.kind != Node::Kind::list) {
    problems.error(node.place, "routing must be a list of rules, not " + node.shown());
    return;
  }
  const Names names = names_of(config);
  for (const auto& item : node.items) {
    auto rule = read_rule(item, config.flow.rules.size() + 1, names, problems);
    const auto same = [&](const auto& other) { return other.name == rule.name; };
    if (std::any_of(config.flow.rules.begin(), config.flow.rules.end(), same)) {
      problems.error(item.place,
                     "there is another rule named \"" + rule.name + "\"; decisions would not tell them apart");
    }
    config.rules[rule.line] = item.place;
    config.flow.rules.push_back(std::move(rule));
  }
}

}  // namespace jackfield::app
