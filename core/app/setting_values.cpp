#include "app/setting_values.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <charconv>

namespace jackfield::app {
namespace {

namespace json = boost::json;

// RFC 6901
std::string escaped(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

template <class Number>
std::optional<Number> whole(std::string_view text) {
  Number number{};
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return number;
}

// A number only if writing it back gives the same text: 0612 and +336 are what people call numbers, and are texts.
std::optional<json::value> number_from(std::string_view text) {
  const auto digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.empty() || digits[0] < '0' || digits[0] > '9') return std::nullopt;
  if (digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9') return std::nullopt;
  if (const auto integer = whole<std::int64_t>(text)) return json::value(*integer);
  if (text.find_first_of(".eE") == std::string_view::npos) return std::nullopt;  // too large: stays a text
  if (const auto real = whole<double>(text)) return json::value(*real);
  return std::nullopt;
}

json::value scalar_from(const Node& node) {
  const std::string& text = node.text;
  if (node.quoted || node.expanded) return json::string(text);
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (auto number = number_from(text)) return *number;
  return json::string(text);
}

json::value convert(const Node& node, const std::string& pointer, std::map<std::string, SettingSource>& sources) {
  auto& source = sources[pointer];
  source.place = node.place;
  switch (node.kind) {
    case Node::Kind::null: return nullptr;
    case Node::Kind::scalar:
      source.plain = !node.quoted;
      source.text = node.text;
      return scalar_from(node);
    case Node::Kind::list: {
      json::array out;
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        out.push_back(convert(node.items[i], pointer + '/' + std::to_string(i), sources));
      }
      return out;
    }
    case Node::Kind::map: break;
  }
  json::object out;
  for (const auto& [key, value] : node.entries) {
    const auto below = pointer + '/' + escaped(key.text);
    out[key.text] = convert(value, below, sources);
    sources[below].key = key.place;
  }
  return out;
}

const json::object* object_at(const json::object& schema, std::string_view key) {
  const auto* found = schema.if_contains(key);
  return found == nullptr ? nullptr : found->if_object();
}

// Types of which one is a text, and none a number or a truth value that the scalar may be meant as.
bool asks_for_text(const json::object& schema) {
  const auto* type = schema.if_contains("type");
  if (type == nullptr) return false;
  if (type->is_string()) return type->get_string() == "string";
  bool text = false;
  for (const auto& one : type->is_array() ? type->get_array() : json::array{}) {
    if (one == "integer" || one == "number" || one == "boolean") return false;
    text = text || one == "string";
  }
  return text;
}

class TextKeeper {
 public:
  explicit TextKeeper(const std::map<std::string, SettingSource>& sources) : sources_(sources) {}

  void keep(const json::object& schema, const std::string& pointer, json::value& value) const {
    if (auto* object = value.if_object()) keep_in(schema, pointer, *object);
    if (auto* array = value.if_array()) keep_in(schema, pointer, *array);
    if ((value.is_number() || value.is_bool()) && asks_for_text(schema)) keep_scalar(pointer, value);
    for (const char* branches : {"oneOf", "anyOf"}) {
      const auto* list = schema.if_contains(branches);
      if (list == nullptr || !list->is_array()) continue;
      for (const auto& branch : list->get_array()) {
        if (branch.is_object()) keep(branch.get_object(), pointer, value);
      }
    }
  }

 private:
  void keep_in(const json::object& schema, const std::string& pointer, json::object& object) const {
    const auto* properties = object_at(schema, "properties");
    if (properties == nullptr) return;
    for (auto& member : object) {
      const auto* property = object_at(*properties, member.key());
      if (property != nullptr) keep(*property, pointer + '/' + escaped(member.key()), member.value());
    }
  }

  void keep_in(const json::object& schema, const std::string& pointer, json::array& array) const {
    const auto* items = object_at(schema, "items");
    const auto& each = items != nullptr ? *items : schema;  // a text or a list of them: written as one type
    if (items == nullptr && !asks_for_text(schema)) return;
    for (std::size_t i = 0; i < array.size(); ++i) keep(each, pointer + '/' + std::to_string(i), array[i]);
  }

  void keep_scalar(const std::string& pointer, json::value& value) const {
    const auto at = sources_.find(pointer);
    if (at != sources_.end() && at->second.plain) value = json::string(at->second.text);
  }

  const std::map<std::string, SettingSource>& sources_;
};

}  // namespace

void read_settings(const Node& node, ChannelSpec& channel, Problems& problems) {
  if (node.kind != Node::Kind::map) {
    problems.error(node.place, "settings must be a map of keys and values, not " + node.shown());
    return;
  }
  channel.settings = convert(node, "", channel.sources).get_object();
}

void keep_texts(const json::object& schema, ChannelSpec& channel) {
  json::value settings = std::move(channel.settings);
  TextKeeper(channel.sources).keep(schema, "", settings);
  channel.settings = std::move(settings.get_object());
}

Place place_of(const ChannelSpec& channel, std::string_view pointer) {
  for (std::string at(pointer);; at.resize(at.rfind('/'))) {
    if (const auto found = channel.sources.find(at); found != channel.sources.end()) return found->second.place;
    if (at.find('/') == std::string::npos) return channel.settings_place;
  }
}

}  // namespace jackfield::app
