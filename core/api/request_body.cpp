#include "api/request_body.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>

namespace jackfield::api {
namespace {

constexpr std::size_t kMostNested = 32;

std::string_view view_of(const boost::json::string& text) { return {text.data(), text.size()}; }

}  // namespace

RequestBody::RequestBody(std::string_view body, std::vector<std::string_view> allowed) {
  if (body.empty()) return;
  boost::json::parse_options options;
  options.max_depth = kMostNested;
  boost::system::error_code code;
  boost::json::value value = boost::json::parse(body, code, {}, options);
  if (code) {
    error_ = invalid("the body is no JSON: " + code.message());
  } else if (!value.is_object()) {
    error_ = invalid("the body must be a JSON object");
  } else {
    object_ = std::move(value.as_object());
    for (const auto& member : object_) {
      const std::string_view name = member.key();
      const bool known = std::find(allowed.begin(), allowed.end(), name) != allowed.end();
      if (!known && !error_) {
        error_ = invalid(unknown_name("member", name, allowed), std::string(name.substr(0, 64)));
      }
    }
  }
}

const boost::json::value* RequestBody::find(std::string_view name) const { return object_.if_contains(name); }

void RequestBody::refuse(std::string_view name, const std::string& why) {
  if (!error_) error_ = invalid(std::string(name) + ": " + why, std::string(name));
}

std::optional<std::string> RequestBody::text(std::string_view name, std::size_t most_bytes) {
  const auto* value = find(name);
  if (!value) return std::nullopt;
  if (!value->is_string()) {
    refuse(name, "must be a string");
    return std::nullopt;
  }
  if (value->as_string().size() > most_bytes) {
    refuse(name, "is longer than " + std::to_string(most_bytes) + " bytes");
    return std::nullopt;
  }
  return std::string(view_of(value->as_string()));
}

std::optional<std::string> RequestBody::text_or_null(std::string_view name, std::size_t most_bytes) {
  const auto* value = find(name);
  if (value && value->is_null()) return std::string();
  return text(name, most_bytes);
}

std::string RequestBody::required_text(std::string_view name, std::size_t most_bytes) {
  const auto value = text(name, most_bytes);
  if (!value) {
    refuse(name, "is missing");
  } else if (value->empty()) {
    refuse(name, "must not be empty");
  }
  return value.value_or("");
}

std::optional<std::vector<std::string>> RequestBody::texts(std::string_view name, std::size_t most,
                                                           std::size_t most_bytes) {
  const auto items = array(name);
  if (!items) return std::nullopt;
  if (items->size() > most) {
    refuse(name, "has more than " + std::to_string(most) + " items");
    return std::nullopt;
  }
  std::vector<std::string> out;
  for (const auto& item : *items) {
    if (!item.is_string() || item.as_string().empty() || item.as_string().size() > most_bytes) {
      refuse(name, "must hold strings of 1 to " + std::to_string(most_bytes) + " bytes");
      return std::nullopt;
    }
    out.emplace_back(view_of(item.as_string()));
  }
  return out;
}

std::optional<boost::json::array> RequestBody::array(std::string_view name) {
  const auto* value = find(name);
  if (!value) return std::nullopt;
  if (value->is_array()) return value->as_array();
  refuse(name, "must be an array");
  return std::nullopt;
}

std::optional<boost::json::object> RequestBody::object(std::string_view name) {
  const auto* value = find(name);
  if (!value) return std::nullopt;
  if (value->is_object()) return value->as_object();
  refuse(name, "must be an object");
  return std::nullopt;
}

std::optional<Time> RequestBody::time(std::string_view name) {
  const auto value = text(name, 64);
  if (!value) return std::nullopt;
  const auto time = parse_rfc3339(*value);
  if (!time) refuse(name, "must be a time like 2026-11-21T09:30:00Z");
  return time;
}

Id RequestBody::id(std::string_view name) {
  const auto value = text(name, 64);
  if (!value) return {};
  const auto id = parse_id(*value);
  if (!id) refuse(name, "\"" + *value + "\" is no id");
  return id.value_or(Id{});
}

}  // namespace jackfield::api
