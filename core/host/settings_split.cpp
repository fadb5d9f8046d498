// Settings taken apart: what the connector sees, with defaults, and the secrets, which it asks for.
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "host/schema.hpp"
#include "host/settings.hpp"

namespace jackfield::host {
namespace {

namespace json = boost::json;
using schema::below;
using schema::is_secret;
using schema::object_at;
using Secrets = std::map<std::string, std::vector<std::string>>;

std::vector<std::string> secret_values(const json::value& value) {
  if (value.is_string()) return {std::string(value.get_string())};
  std::vector<std::string> out;
  if (const auto* list = value.if_array())
    for (const auto& item : *list)
      if (item.is_string()) out.emplace_back(item.get_string());
  return out;
}

enum class SecretsBecome { absent, blank };

// Also when only the branch that suits the value says so.
bool holds_secret(const json::object& schema, const json::value& value) {
  return is_secret(schema) || (schema::branches_of(schema) && is_secret(schema::fitted(schema, value)));
}

json::value split(const json::object& plain, const json::value& value, const std::string& at, SecretsBecome become,
                  Secrets& secrets);

json::object split_object(const json::object& schema, const json::object& value, const std::string& at,
                          SecretsBecome become, Secrets& secrets) {
  json::object out;
  const auto* properties = object_at(schema, "properties");
  for (const auto& item : value) {
    const auto* of = properties ? object_at(*properties, item.key()) : nullptr;
    if (!of) of = object_at(schema, "additionalProperties");
    if (of && holds_secret(*of, item.value())) {
      secrets[below(at, item.key())] = secret_values(item.value());
      if (become == SecretsBecome::blank) out[item.key()] = "";
    } else {
      out[item.key()] = of ? split(*of, item.value(), below(at, item.key()), become, secrets) : item.value();
    }
  }
  if (!properties) return out;
  for (const auto& item : *properties) {
    const auto* of = item.value().if_object();
    const auto* otherwise = of ? of->if_contains("default") : nullptr;
    if (otherwise && !value.contains(item.key()) && !holds_secret(*of, *otherwise))
      out[item.key()] = split(*of, *otherwise, below(at, item.key()), become, secrets);
  }
  return out;
}

json::value split(const json::object& plain, const json::value& value, const std::string& at, SecretsBecome become,
                  Secrets& secrets) {
  const json::object schema = schema::fitted(plain, value);
  if (const auto* object = value.if_object()) return split_object(schema, *object, at, become, secrets);
  const auto* items = object_at(schema, "items");
  const auto* array = value.if_array();
  if (!array || !items) return value;
  json::array out;
  for (std::size_t i = 0; i < array->size(); ++i) {
    const std::string place = at + "/" + std::to_string(i);
    if (holds_secret(*items, (*array)[i])) {
      secrets[place] = secret_values((*array)[i]);
      out.emplace_back(become == SecretsBecome::blank ? json::value("") : json::value(nullptr));
    } else {
      out.push_back(split(*items, (*array)[i], place, become, secrets));
    }
  }
  return out;
}

}  // namespace

SplitSettings split_settings(const json::object& schema, const json::object& settings) {
  SplitSettings out;
  out.open = split(schema, settings, "", SecretsBecome::absent, out.secrets).as_object();
  return out;
}

json::object blanked_settings(const json::object& schema, const json::object& settings) {
  Secrets unused;
  return split(schema, settings, "", SecretsBecome::blank, unused).as_object();
}

std::string setting_text(const json::object& settings, std::string_view name) {
  if (name.starts_with('/')) name.remove_prefix(1);
  const auto* value = settings.if_contains(name);
  if (!value) return "";
  if (value->is_string()) return std::string(value->get_string());
  return value->is_int64() || value->is_uint64() ? json::serialize(*value) : "";
}

}  // namespace jackfield::host
