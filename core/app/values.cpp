#include "app/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace jackfield::app {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};
constexpr std::array<Unit, 5> duration_units{
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
constexpr std::array<Unit, 4> size_units{{{"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}}};

// A whole number and one of the units, without a space; so large that it does not fit is none.
template <std::size_t N>
std::optional<std::int64_t> parse_with_unit(std::string_view text, const std::array<Unit, N>& units) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || number < 0) return std::nullopt;
  const std::string_view name(stop, static_cast<std::size_t>(end - stop));
  for (const auto& unit : units) {
    std::int64_t product = 0;
    if (unit.name == name && !__builtin_mul_overflow(number, unit.factor, &product)) return product;
  }
  return std::nullopt;
}

bool is_scalar(const Node& node, std::string_view wanted, Problems& problems) {
  if (node.broken) return false;
  if (node.kind == Node::Kind::scalar) return true;
  problems.error(node.place, "expected " + std::string(wanted) + ", not " + node.shown());
  return false;
}

}  // namespace

std::optional<Millis> parse_duration(std::string_view text) {
  if (text == "0") return Millis{0};
  const auto ms = parse_with_unit(text, duration_units);
  // A hundred years: times of day plus this stay far from the end of what a Time holds.
  if (!ms || *ms > 36500LL * 86'400'000) return std::nullopt;
  return Millis{*ms};
}

std::optional<std::int64_t> parse_size(std::string_view text) { return parse_with_unit(text, size_units); }

std::optional<std::string> read_string(const Node& node, Problems& problems) {
  if (!is_scalar(node, "a text", problems)) return std::nullopt;
  if (!node.text.empty()) return node.text;
  problems.error(node.place, node.expanded ? node.source + " is empty" : "this text must not be empty");
  return std::nullopt;
}

std::optional<bool> read_bool(const Node& node, Problems& problems) {
  if (!is_scalar(node, "true or false", problems)) return std::nullopt;
  if (!node.quoted && node.text == "true") return true;
  if (!node.quoted && node.text == "false") return false;
  problems.error(node.place, "expected true or false, not " + node.shown());
  return std::nullopt;
}

std::optional<double> read_positive(const Node& node, Problems& problems) {
  if (!is_scalar(node, "a number above 0", problems)) return std::nullopt;
  double number = 0;
  const char* end = node.text.data() + node.text.size();
  const auto [stop, error] = std::from_chars(node.text.data(), end, number);
  if (error == std::errc{} && stop == end && std::isfinite(number) && number > 0) return number;
  problems.error(node.place, "expected a number above 0, not " + node.shown());
  return std::nullopt;
}

std::optional<Millis> read_duration(const Node& node, Problems& problems) {
  if (!is_scalar(node, "a duration as in 90s, 5m, 4h or 7d", problems)) return std::nullopt;
  const auto duration = parse_duration(node.text);
  if (!duration) problems.error(node.place, "expected a duration as in 90s, 5m, 4h or 7d, not " + node.shown());
  return duration;
}

std::vector<std::string> read_strings(const Node& node, Problems& problems) {
  std::vector<std::string> out;
  const auto add = [&](const Node& item) {
    if (auto text = read_string(item, problems)) out.push_back(std::move(*text));
  };
  if (node.kind != Node::Kind::list) {
    add(node);
    return out;
  }
  if (node.items.empty()) problems.error(node.place, "this list is empty");
  for (const auto& item : node.items) add(item);
  return out;
}

std::map<std::string, std::string> read_texts(const Node& node, const std::string& what, Problems& problems) {
  std::map<std::string, std::string> out;
  if (node.kind != Node::Kind::map) {
    if (auto text = read_string(node, problems)) out[""] = std::move(*text);
    return out;
  }
  if (node.entries.empty()) problems.error(node.place, what + " needs a text, or one for each language");
  for (const auto& [key, value] : node.entries)
    if (auto text = read_string(value, problems)) out[key.text == "default" ? "" : key.text] = std::move(*text);
  return out;
}

std::optional<std::size_t> read_choice(const Node& node, const std::vector<std::string>& choices, Problems& problems) {
  if (!is_scalar(node, one_of(choices), problems)) return std::nullopt;
  const auto at = std::find(choices.begin(), choices.end(), node.text);
  if (at != choices.end()) return static_cast<std::size_t>(at - choices.begin());
  problems.error(node.place, "expected " + one_of(choices) + ", not " + node.shown() +
                                 (node.expanded ? std::string{} : suggestion(node.text, choices)));
  return std::nullopt;
}

MapReader::MapReader(const Node& node, std::string what, Problems& problems)
    : node_(node), map_(node.kind == Node::Kind::map ? &node : nullptr), what_(std::move(what)), problems_(problems) {
  if (map_ == nullptr && node.kind != Node::Kind::null) {
    problems_.error(node.place, what_ + " must be a map of keys and values, not " + node.shown());
  }
}

const Node* MapReader::lookup(std::string key) {
  const Node* node = map_ == nullptr ? nullptr : map_->find(key);
  known_.push_back(std::move(key));
  return node;
}

const Node* MapReader::get(std::string key) {
  const Node* node = lookup(std::move(key));
  return node == nullptr || node->kind == Node::Kind::null ? nullptr : node;
}

const Node* MapReader::required(std::string key) {
  const Node* node = get(key);
  const bool told = map_ == nullptr && node_.kind != Node::Kind::null;
  if (node == nullptr && !told) problems_.error(place(), what_ + " lacks \"" + key + "\"");
  return node;
}

void MapReader::later(std::string key) {
  if (map_ == nullptr) return;
  for (const auto& [written, value] : map_->entries) {
    if (written.text != key) continue;
    problems_.error(written.place, "\"" + key + "\" is not available in this version of Jackfield");
  }
  known_.push_back(std::move(key));
}

void MapReader::finish() {
  if (map_ == nullptr) return;
  for (const auto& [written, value] : map_->entries) {
    if (std::find(known_.begin(), known_.end(), written.text) != known_.end()) continue;
    problems_.error(written.place,
                    "unknown key \"" + written.text + "\" in " + what_ + suggestion(written.text, known_));
  }
}

}  // namespace jackfield::app
