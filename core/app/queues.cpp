#include "app/queues.hpp"

#include <algorithm>
#include <cmath>

#include "app/callbacks.hpp"
#include "app/satisfaction.hpp"
#include "app/values.hpp"

namespace jackfield::app {
namespace {

std::vector<std::string> names_of(const std::map<std::string, flow::CalendarSpec>& hours) {
  std::vector<std::string> out;
  for (const auto& [name, _] : hours) out.push_back(name);
  return out;
}

// "80%" or 0.8.
std::optional<double> read_share(const Node& node, Problems& problems) {
  const auto text = read_string(node, problems);
  if (!text) return std::nullopt;
  char* end = nullptr;
  double share = std::strtod(text->c_str(), &end);
  if (std::string_view(end) == "%") share /= 100, ++end;
  if (*end == '\0' && end != text->c_str() && share > 0 && share < 1) return share;
  problems.error(node.place, "expected a share as in 80%, not " + node.shown());
  return std::nullopt;
}

void read_service_level(const Node& node, flow::QueueSpec& queue, Problems& problems) {
  MapReader map(node, "service_level", problems);
  if (const Node* value = map.get("first_response"))
    queue.first_response = read_duration(*value, problems).value_or(Millis{0});
  if (const Node* value = map.get("resolution")) queue.resolution = read_duration(*value, problems).value_or(Millis{0});
  if (const Node* value = map.get("at_risk")) queue.at_risk = read_share(*value, problems).value_or(queue.at_risk);
  map.finish();
}

void read_overflow(const Node& node, flow::QueueSpec& queue, Problems& problems) {
  MapReader map(node, "overflow", problems);
  const Node* after = map.get("after");
  const Node* absent = map.get("when_absent");
  if (after != nullptr) queue.overflow_after = read_duration(*after, problems).value_or(Millis{0});
  if (absent != nullptr) queue.overflow_when_absent = read_duration(*absent, problems).value_or(Millis{0});
  if (const Node* to = map.required("to")) queue.overflow_to = read_string(*to, problems).value_or("");
  map.finish();
  if (map.is_map() && after == nullptr && absent == nullptr)
    problems.error(node.place, "overflow needs after or when_absent: when does it go over?");
}

flow::EscalationSpec read_step(const Node& node, Problems& problems) {
  flow::EscalationSpec out;
  MapReader map(node, "a step of escalation", problems);
  if (const Node* after = map.required("after")) out.after = read_duration(*after, problems).value_or(Millis{0});
  if (const Node* value = map.get("priority")) {
    if (const auto choice = read_choice(*value, {"low", "normal", "high", "urgent"}, problems))
      out.priority = static_cast<Priority>(*choice);
  }
  if (const Node* tags = map.get("tags")) out.tags = read_strings(*tags, problems);
  map.finish();
  return out;
}

void read_escalation(const Node& node, flow::QueueSpec& queue, Problems& problems) {
  if (node.kind != Node::Kind::list)
    return problems.error(node.place, "escalation must be a list of steps, not " + node.shown());
  for (const auto& item : node.items) queue.escalation.push_back(read_step(item, problems));
  std::stable_sort(queue.escalation.begin(), queue.escalation.end(),
                   [](const auto& a, const auto& b) { return a.after < b.after; });
}

flow::QueueSpec read_queue(const Key& key, const Node& node, const flow::FlowConfig& config, Problems& problems) {
  flow::QueueSpec queue;
  queue.name = key.text;
  check_name(key, problems);
  MapReader map(node, "the queue " + key.text, problems);
  if (const Node* hours = map.get("hours")) {
    queue.hours = read_string(*hours, problems).value_or("");
    if (!queue.hours.empty() && !config.hours.contains(queue.hours))
      problems.error(hours->place,
                     "there are no hours " + hours->shown() + suggestion(hours->source, names_of(config.hours)));
  }
  if (const Node* skills = map.get("skills")) queue.skills = read_strings(*skills, problems);
  if (const Node* level = map.get("service_level")) read_service_level(*level, queue, problems);
  if (const Node* over = map.get("overflow")) read_overflow(*over, queue, problems);
  if (const Node* steps = map.get("escalation")) read_escalation(*steps, queue, problems);
  queue.callbacks = config.callbacks;
  if (const Node* callbacks = map.get("callbacks")) read_callbacks(*callbacks, queue.callbacks, problems);
  if (const Node* asks = map.get("satisfaction")) read_satisfaction_of(*asks, queue, problems);
  map.finish();
  return queue;
}

// Where overflow leads must be there and must not lead back: a conversation would go round for ever.
void check_overflow(const Node& node, const flow::FlowConfig& config, Problems& problems) {
  std::vector<std::string> names;
  for (const auto& queue : config.queues) names.push_back(queue.name);
  for (const auto& [key, value] : node.entries) {
    const Node* over = value.find("overflow");
    const Node* to = over == nullptr ? nullptr : over->find("to");
    if (to == nullptr) continue;
    if (config.queue(to->text) == nullptr) {
      problems.error(to->place, "there is no queue " + to->shown() + suggestion(to->source, names));
      continue;
    }
    std::string at = key.text;
    for (std::size_t steps = 0; steps <= config.queues.size() && !at.empty(); ++steps) {
      const auto* spec = config.queue(at);
      at = spec == nullptr ? "" : spec->overflow_to;
      if (at != key.text) continue;
      problems.error(to->place, "what overflows from " + key.text + " comes back to it this way");
      break;
    }
  }
}

void read_capacity(const Node& node, PerClass& capacity, Problems& problems) {
  MapReader map(node, "capacity", problems);
  for (const auto c : {CapacityClass::message, CapacityClass::chat, CapacityClass::voice}) {
    const Node* value = map.get(std::string(name_of(c)));
    if (value == nullptr) continue;
    const auto text = read_string(*value, problems).value_or("0");
    char* end = nullptr;
    const long count = std::strtol(text.c_str(), &end, 10);
    if (*end != '\0' || count < 0 || count > 1000)
      problems.error(value->place, "expected a number of conversations from 0 to 1000, not " + value->shown());
    else
      of(capacity, c) = static_cast<int>(count);
  }
  map.finish();
}

void read_interrupts(const Node& node, flow::AssignmentSpec& out, Problems& problems) {
  MapReader map(node, "interrupts", problems);
  for (const auto next : {CapacityClass::message, CapacityClass::chat, CapacityClass::voice}) {
    const Node* list = map.get(std::string(name_of(next)));
    if (list == nullptr) continue;
    auto& may = out.may_interrupt[static_cast<std::size_t>(next)];
    may = {};
    may[static_cast<std::size_t>(next)] = true;
    const auto add = [&](const Node& item) {
      if (const auto busy = read_choice(item, {"message", "chat", "voice"}, problems)) may[*busy] = true;
    };
    if (list->kind != Node::Kind::list) add(*list);
    for (const auto& item : list->items) add(item);
  }
  map.finish();
}

bool is_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  return !name.empty() && name.size() <= 64 && name[0] != '.' && std::all_of(name.begin(), name.end(), allowed);
}

}  // namespace

void check_name(const Key& key, Problems& problems) {
  if (is_name(key.text)) return;
  problems.error(key.place, "\"" + key.text + "\" is no name: letters, digits, - _ . and at most 64 of them");
}

void read_queues(const Node* node, flow::FlowConfig& config, Problems& problems) {
  if (node != nullptr && node->kind != Node::Kind::map) {
    problems.error(node->place, "queues must be a map of names, not " + node->shown());
  } else if (node != nullptr) {
    for (const auto& [key, value] : node->entries) config.queues.push_back(read_queue(key, value, config, problems));
    check_overflow(*node, config, problems);
  }
  if (config.queues.empty()) {
    config.queues.push_back({"inbox"});
    config.queues.back().callbacks = config.callbacks;
  }
}

void read_agents(const Node& node, flow::FlowConfig& config, Problems& problems) {
  if (node.kind != Node::Kind::map)
    return problems.error(node.place, "agents must be a map of names, not " + node.shown());
  for (const auto& [key, value] : node.entries) {
    check_name(key, problems);
    flow::AgentSpec agent;
    agent.name = agent.display = key.text;
    MapReader map(value, "the agent " + key.text, problems);
    if (const Node* name = map.get("name")) agent.display = read_string(*name, problems).value_or(key.text);
    if (const Node* skills = map.get("skills")) agent.skills = read_strings(*skills, problems);
    if (const Node* capacity = map.get("capacity")) read_capacity(*capacity, agent.capacity, problems);
    map.finish();
    config.agents.push_back(std::move(agent));
  }
}

void read_assignment(const Node& node, flow::AssignmentSpec& out, Problems& problems) {
  MapReader map(node, "assignment", problems);
  const auto duration = [&](const char* key, Millis& into, Millis least) {
    const Node* value = map.get(key);
    const auto read = value == nullptr ? std::nullopt : read_duration(*value, problems);
    if (!read) return;
    if (*read < least)
      problems.error(value->place,
                     std::string(key) + " is too short: at least " + std::to_string(least.count() / 1000) + "s");
    else
      into = *read;
  };
  duration("offer", out.offer, Millis{1000});
  duration("presence", out.presence, Millis{2000});
  duration("unanswered", out.unanswered, Millis{0});
  if (const Node* interrupts = map.get("interrupts")) read_interrupts(*interrupts, out, problems);
  map.finish();
}

}  // namespace jackfield::app
