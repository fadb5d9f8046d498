#include "app/callbacks.hpp"

#include <charconv>

#include "app/values.hpp"

namespace jackfield::app {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// As it would be written: "31d", "90m".
std::string written(Millis time) {
  if (time % hours{24} == Millis{0}) return std::to_string(time / hours{24}) + "d";
  if (time % hours{1} == Millis{0}) return std::to_string(time / hours{1}) + "h";
  return std::to_string(time / minutes{1}) + "m";
}

void read_time(MapReader& map, const char* key, Millis least, Millis most, Millis& out, Problems& problems) {
  const Node* node = map.get(key);
  const auto time = node == nullptr ? std::nullopt : read_duration(*node, problems);
  if (!time) return;
  if (*time >= least && *time <= most)
    out = *time;
  else
    problems.error(node->place, std::string(key) + " must be from " + written(least) + " to " + written(most) +
                                    ", not " + node->shown());
}

void read_count(MapReader& map, const char* key, int most, int& out, Problems& problems) {
  const Node* node = map.get(key);
  if (node == nullptr) return;
  const std::string text = read_string(*node, problems).value_or("");
  int count = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (bad == std::errc{} && end == text.data() + text.size() && count >= 1 && count <= most)
    out = count;
  else if (!text.empty())
    problems.error(node->place,
                   std::string(key) + " must be a number from 1 to " + std::to_string(most) + ", not " + node->shown());
}

void check_queue(const Node* callbacks, const flow::FlowConfig& config, Problems& problems) {
  const Node* queue = callbacks == nullptr ? nullptr : callbacks->find("queue");
  if (queue == nullptr || queue->kind != Node::Kind::scalar || config.queue(queue->text) != nullptr) return;
  std::vector<std::string> names;
  for (const auto& one : config.queues) names.push_back(one.name);
  problems.error(queue->place, "there is no queue " + queue->shown() + suggestion(queue->source, names));
}

}  // namespace

void read_callbacks(const Node& node, flow::CallbackSpec& out, Problems& problems) {
  MapReader map(node, "callbacks", problems);
  if (const Node* queue = map.get("queue")) out.queue = read_string(*queue, problems).value_or("");
  read_time(map, "slot", minutes{1}, hours{24}, out.slot, problems);
  read_count(map, "per_slot", 10'000, out.per_slot, problems);
  read_time(map, "ahead", hours{1}, hours{24 * 31}, out.ahead, problems);
  int choices = static_cast<int>(out.choices);
  read_count(map, "choices", 10, choices, problems);
  out.choices = static_cast<std::size_t>(choices);
  read_time(map, "answer_within", minutes{1}, hours{24 * 7}, out.answer_within, problems);
  read_count(map, "tries", 100, out.tries, problems);
  read_time(map, "again_after", minutes{1}, hours{24 * 7}, out.again_after, problems);
  if (const Node* value = map.get("priority"))
    if (const auto choice = read_choice(*value, {"low", "normal", "high", "urgent"}, problems))
      out.priority = static_cast<Priority>(*choice);
  if (const Node* value = map.get("missed"))
    if (const auto choice = read_choice(*value, {"wait", "reschedule"}, problems)) out.reschedule_missed = *choice == 1;
  map.finish();
}

void check_callback_queues(const Node& root, const flow::FlowConfig& config, Problems& problems) {
  check_queue(root.find("callbacks"), config, problems);
  const Node* queues = root.find("queues");
  if (queues == nullptr) return;
  for (const auto& [_, queue] : queues->entries) check_queue(queue.find("callbacks"), config, problems);
}

void read_callback_offer(const Node& node, flow::RuleSpec& rule, Problems& problems) {
  auto& offer = rule.callback.emplace();
  if (node.kind != Node::Kind::map) {
    offer.text = read_texts(node, "callback", problems);
    return;
  }
  MapReader map(node, "callback", problems);
  if (const Node* text = map.required("text")) offer.text = read_texts(*text, "text", problems);
  if (const Node* text = map.get("ask_number")) offer.ask_number = read_texts(*text, "ask_number", problems);
  if (const Node* text = map.get("confirm")) offer.confirm = read_texts(*text, "confirm", problems);
  map.finish();
}

}  // namespace jackfield::app
