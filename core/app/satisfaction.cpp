#include "app/satisfaction.hpp"

#include <algorithm>

#include "app/values.hpp"
#include "flow/score.hpp"
#include "flow/words.hpp"

namespace jackfield::app {
namespace {

// What the narrowest channel that offers choices takes (WhatsApp's lists).
constexpr std::size_t kMostQuestion = 1024, kMostName = 24;

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// Five names that can be told apart, from the worst to the best.
std::vector<std::string> read_names(const Node& node, Problems& problems) {
  auto names = read_strings(node, problems);
  if (names.size() != flow::kBestScore) {
    problems.error(node.place, "scale needs five names, from the worst to the best");
    return {};
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Place place = node.items[i].place;
    if (characters(names[i]) > kMostName) problems.error(place, "\"" + names[i] + "\" has more than 24 characters");
    for (std::size_t other = 0; other < i; ++other)
      if (flow::fold(names[i]) == flow::fold(names[other]))
        problems.error(place, "\"" + names[i] + "\" stands for two scores; nobody could tell which was meant");
  }
  return names;
}

void read_scale(const Node& node, flow::SatisfactionSpec& out, Problems& problems) {
  if (node.kind != Node::Kind::map) {
    if (auto names = read_names(node, problems); !names.empty()) out.scale[""] = std::move(names);
    return;
  }
  for (const auto& [key, value] : node.entries)
    if (auto names = read_names(value, problems); !names.empty())
      out.scale[key.text == "default" ? "" : key.text] = std::move(names);
}

void read_low(const Node& node, flow::SatisfactionSpec& out, Problems& problems) {
  const auto text = read_string(node, problems);
  if (!text) return;
  if (text->size() == 1 && (*text)[0] >= '0' && (*text)[0] <= '5')
    out.low = (*text)[0] - '0';
  else
    problems.error(node.place, "expected a score from 0 (none) to 5, not " + node.shown());
}

}  // namespace

std::optional<flow::SatisfactionSpec> read_satisfaction(const Node& node, Problems& problems) {
  flow::SatisfactionSpec out;
  MapReader map(node, "satisfaction", problems);
  const auto duration = [&](const char* key, Millis& into) {
    if (const Node* value = map.get(key)) into = read_duration(*value, problems).value_or(into);
  };
  if (const Node* ask = map.required("ask")) {
    out.ask = read_texts(*ask, "ask", problems);
    for (const auto& [_, text] : out.ask)
      if (characters(text) > kMostQuestion) problems.error(ask->place, "ask is longer than 1024 characters");
  }
  if (const Node* thanks = map.get("thanks")) out.thanks = read_texts(*thanks, "thanks", problems);
  if (const Node* scale = map.get("scale")) read_scale(*scale, out, problems);
  if (const Node* low = map.get("low")) read_low(*low, out, problems);
  duration("after", out.after);
  duration("within", out.within);
  duration("not_again_within", out.not_again_within);
  map.finish();
  if (out.ask.empty()) return std::nullopt;
  return out;
}

void read_satisfaction_of(const Node& node, flow::QueueSpec& queue, Problems& problems) {
  if (node.kind == Node::Kind::scalar && (node.text == "off" || node.text == "false")) {
    queue.asks = false;
    return;
  }
  queue.satisfaction = read_satisfaction(node, problems);
}

}  // namespace jackfield::app
