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

bool asks_for_text(const json::object& schema) {
  const auto* type = schema.if_contains("type");
  if (type == nullptr) return false;
  if (type->is_string()) return type->get_string() == "string";
  const auto* types = type->if_array();
  if (types == nullptr) return false;
  bool text = false;
  for (const auto& one : *types) {
    if (!one.is_string()) continue;
    const auto& name = one.get_string();
    if (name == "integer" || name == "number" || name == "boolean") return false;  // the scalar may be meant as that
    text = text || name == "string";
  }
  return text;
}

void keep_texts_below(const json::object& schema, const std::string& pointer, json::value& value,
                      const std::map<std::string, SettingSource>& sources) {
  if (auto* object = value.if_object()) {
    const auto* found = schema.if_contains("properties");
    const auto* properties = found == nullptr ? nullptr : found->if_object();
    if (properties == nullptr) return;
    for (auto& [key, inner] : *object) {
      const auto* property = properties->if_contains(key);
      if (property == nullptr || !property->is_object()) continue;
      keep_texts_below(property->get_object(), pointer + '/' + escaped(key), inner, sources);
    }
  } else if (auto* array = value.if_array()) {
    const auto* items = schema.if_contains("items");
    if (items == nullptr || !items->is_object()) return;
    for (std::size_t i = 0; i < array->size(); ++i) {
      keep_texts_below(items->get_object(), pointer + '/' + std::to_string(i), (*array)[i], sources);
    }
  } else if (asks_for_text(schema) && (value.is_number() || value.is_bool())) {
    const auto at = sources.find(pointer);
    if (at != sources.end() && at->second.plain) value = json::string(at->second.text);
  }
}

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
  keep_texts_below(schema, "", settings, channel.sources);
  channel.settings = std::move(settings.get_object());
}

Place place_of(const ChannelSpec& channel, std::string_view pointer) {
  for (std::string at(pointer);; at.resize(at.rfind('/'))) {
    if (const auto found = channel.sources.find(at); found != channel.sources.end()) return found->second.place;
    if (at.find('/') == std::string::npos) return channel.settings_place;
  }
}

}  // namespace jackfield::app
