#include "host/settings.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/nearest.hpp"
#include "host/schema.hpp"

namespace jackfield::host {

namespace schema {

std::string below(const std::string& at, std::string_view key) {
  std::string out = at + "/";
  for (const char c : key) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

bool is_secret(const boost::json::object& schema) {
  const auto* mark = schema.if_contains("secret");
  return mark && mark->is_bool() && mark->get_bool();
}

const boost::json::object* object_at(const boost::json::object& schema, std::string_view key) {
  const auto* value = schema.if_contains(key);
  return value ? value->if_object() : nullptr;
}

const boost::json::array* branches_of(const boost::json::object& schema) {
  for (const auto* key : {"oneOf", "anyOf"})
    if (const auto* value = schema.if_contains(key)) return value->if_array();
  return nullptr;
}

}  // namespace schema

namespace {

namespace json = boost::json;
using schema::below;
using schema::branches_of;
using schema::is_secret;
using schema::object_at;
using Problems = std::vector<SettingsProblem>;

void check(const json::object& schema, const json::value& value, const std::string& at, Problems& out);

std::string shown(const json::value& value) {
  std::string text = json::serialize(value);
  return text.size() > 60 ? text.substr(0, 57) + "…" : text;
}

bool has_type(const json::value& value, std::string_view type) {
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_bool();
  if (type == "integer") return value.is_int64() || value.is_uint64();
  if (type == "number") return value.is_number();
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  return type == "null" && value.is_null();
}

std::vector<std::string> types_of(const json::object& schema) {
  const auto* type = schema.if_contains("type");
  if (!type) return {};
  if (type->is_string()) return {std::string(type->get_string())};
  std::vector<std::string> out;
  if (const auto* list = type->if_array())
    for (const auto& item : *list) out.push_back(item.is_string() ? std::string(item.get_string()) : "?");
  return out;
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : std::string(between)) + word;
  return out;
}

bool check_type(const json::object& schema, const json::value& value, const std::string& at, Problems& out) {
  const auto types = types_of(schema);
  if (types.empty() || std::any_of(types.begin(), types.end(), [&](const auto& t) { return has_type(value, t); }))
    return true;
  out.push_back({at, "must be of type " + joined(types, " or ") + ", not " + shown(value), ""});
  return false;
}

void check_enum(const json::object& schema, const json::value& value, const std::string& at, Problems& out) {
  if (const auto* only = schema.if_contains("const"); only && *only != value)
    out.push_back({at, "must be " + shown(*only) + ", not " + shown(value), ""});
  const auto* list = schema.if_contains("enum");
  if (!list || !list->is_array()) return;
  std::vector<std::string> words;
  for (const auto& item : list->get_array()) {
    if (item == value) return;
    words.push_back(item.is_string() ? std::string(item.get_string()) : json::serialize(item));
  }
  const std::string near = value.is_string() ? nearest(value.get_string(), words) : "";
  out.push_back({at, "must be one of " + joined(words, ", ") + ", not " + shown(value),
                 near.empty() ? "" : "did you mean \"" + near + "\"?"});
}

double bound(const json::object& schema, std::string_view key, double otherwise) {
  const auto* value = schema.if_contains(key);
  return value && value->is_number() ? value->to_number<double>() : otherwise;
}

void check_range(const json::object& schema, double size, std::string_view least, std::string_view most,
                 std::string_view what, const std::string& at, Problems& out) {
  const auto number = [&](std::string_view key) { return shown(schema.at(key)); };
  if (schema.contains(least) && size < bound(schema, least, 0))
    out.push_back({at, std::string(what) + " must be at least " + number(least), ""});
  if (schema.contains(most) && size > bound(schema, most, 0))
    out.push_back({at, std::string(what) + " must be at most " + number(most), ""});
}

// Never shows the value: it may be a secret.
void check_string(const json::object& schema, std::string_view text, const std::string& at, Problems& out) {
  const auto characters = std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; });
  check_range(schema, static_cast<double>(characters), "minLength", "maxLength", "its length", at, out);
  const auto* pattern = schema.if_contains("pattern");
  if (!pattern || !pattern->is_string()) return;
  const std::string source(pattern->get_string());
  if (!RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), RE2(source, RE2::Quiet)))
    out.push_back({at, "does not match the pattern " + source, ""});
}

void check_secret(const json::object& schema, const json::value& value, const std::string& at, Problems& out) {
  if (value.is_string()) return check_string(schema, value.get_string(), at, out);
  const auto* list = value.if_array();
  if (!list || list->empty() || !std::all_of(list->begin(), list->end(), [](const auto& v) { return v.is_string(); })) {
    out.push_back({at, "must be a string or a list of strings", ""});
    return;
  }
  for (std::size_t i = 0; i < list->size(); ++i)
    check_string(schema, (*list)[i].get_string(), at + "/" + std::to_string(i), out);
}

void check_required(const json::object& schema, const json::object& value, const std::string& at, Problems& out) {
  const auto* required = schema.if_contains("required");
  if (!required || !required->is_array()) return;
  for (const auto& key : required->get_array())
    if (key.is_string() && !value.contains(key.get_string()))
      out.push_back({at, "the setting \"" + std::string(key.get_string()) + "\" is missing", ""});
}

void check_unknown(const json::object& schema, const json::object* properties, std::string_view key,
                   const json::value& value, const std::string& at, Problems& out) {
  const auto* more = schema.if_contains("additionalProperties");
  if (more && more->is_bool() && more->get_bool()) return;
  if (more && more->is_object()) return check(more->get_object(), value, below(at, key), out);
  std::vector<std::string> known;
  if (properties)
    for (const auto& item : *properties) known.emplace_back(item.key());
  const std::string near = nearest(key, known);
  out.push_back({below(at, key), "unknown setting \"" + std::string(key) + "\"",
                 near.empty() ? "" : "did you mean \"" + near + "\"?"});
}

void check_object(const json::object& schema, const json::object& value, const std::string& at, Problems& out) {
  const auto* properties = object_at(schema, "properties");
  for (const auto& item : value) {
    const auto* of = properties ? object_at(*properties, item.key()) : nullptr;
    if (of)
      check(*of, item.value(), below(at, item.key()), out);
    else
      check_unknown(schema, properties, item.key(), item.value(), at, out);
  }
  check_required(schema, value, at, out);
}

void check_array(const json::object& schema, const json::array& value, const std::string& at, Problems& out) {
  check_range(schema, static_cast<double>(value.size()), "minItems", "maxItems", "the number of its items", at, out);
  if (const auto* items = object_at(schema, "items"))
    for (std::size_t i = 0; i < value.size(); ++i) check(*items, value[i], at + "/" + std::to_string(i), out);
}

// The schema with one branch laid over it: properties joined, the rest of the branch on top.
json::object with_branch(const json::object& schema, const json::object& branch) {
  json::object out = schema;
  out.erase("oneOf");
  out.erase("anyOf");
  for (const auto& item : branch) {
    auto* there = out.if_contains(item.key());
    if (there && item.key() == "properties" && there->is_object() && item.value().is_object()) {
      for (const auto& property : item.value().get_object()) there->get_object()[property.key()] = property.value();
    } else if (there && item.key() == "required" && there->is_array() && item.value().is_array()) {
      for (const auto& key : item.value().get_array()) there->get_array().push_back(key);
    } else {
      out[item.key()] = item.value();
    }
  }
  return out;
}

// A branch is mostly chosen by one fixed value ("provider": "twilio"): a wrong one weighs more than anything else.
std::size_t misfit(const json::object& branch, const json::value& value, const Problems& problems) {
  std::size_t score = problems.size();
  const auto* properties = object_at(branch, "properties");
  if (!properties || !value.is_object()) return score;
  for (const auto& item : *properties) {
    const auto* schema = item.value().if_object();
    const auto* given = value.get_object().if_contains(item.key());
    if (!schema || !given) continue;
    Problems wrong;
    check_enum(*schema, *given, "", wrong);
    score += 1000 * wrong.size();
  }
  return score;
}

struct Fit {
  json::object schema;
  Problems problems;
};

Fit best_fit(const json::object& schema, const json::array& branches, const json::value& value, const std::string& at) {
  Fit best;
  std::size_t least = SIZE_MAX;
  for (const auto& item : branches) {
    const auto* branch = item.if_object();
    if (!branch) continue;
    Fit fit{with_branch(schema, *branch), {}};
    check(fit.schema, value, at, fit.problems);
    const auto score = misfit(*branch, value, fit.problems);
    if (score < least) least = score, best = std::move(fit);
    if (least == 0) break;
  }
  return best;
}

// anyOf [{required: [imap]}, {required: [listen]}]: says so in one line.
std::string one_is_needed(const json::array& branches) {
  std::vector<std::string> names;
  for (const auto& item : branches) {
    const auto* branch = item.if_object();
    if (!branch || branch->size() != 1 || !branch->contains("required")) return "";
    const auto* required = branch->at("required").if_array();
    if (!required || required->size() != 1 || !(*required)[0].is_string()) return "";
    names.push_back("\"" + std::string((*required)[0].get_string()) + "\"");
  }
  return "needs the setting " + joined(names, " or ");
}

std::vector<std::string> kinds_of(const json::array& branches, std::string_view key) {
  std::vector<std::string> out;
  for (const auto& item : branches) {
    const auto* properties = item.is_object() ? object_at(item.get_object(), "properties") : nullptr;
    const auto* property = properties ? object_at(*properties, key) : nullptr;
    const auto* fixed = property ? property->if_contains("const") : nullptr;
    if (!fixed || !fixed->is_string()) return {};  // not what tells the branches apart
    out.emplace_back(fixed->get_string());
  }
  return out;
}

// A value that is to choose the branch and chooses none: what the rest means is not known.
bool chooses_none(const json::array& branches, const json::object& value, const std::string& at, Problems& out) {
  for (const auto& item : value) {
    if (!item.value().is_string()) continue;
    const std::string given(item.value().get_string());
    const auto kinds = kinds_of(branches, item.key());
    if (kinds.empty() || std::find(kinds.begin(), kinds.end(), given) != kinds.end()) continue;
    const std::string near = nearest(given, kinds);
    out.push_back(
        {below(at, item.key()),
         "unknown " + std::string(item.key()) + " " + shown(item.value()) + "; there are " + joined(kinds, ", "),
         near.empty() ? "" : "did you mean \"" + near + "\"?"});
    return true;
  }
  return false;
}

void check_branches(const json::object& schema, const json::array& branches, const json::value& value,
                    const std::string& at, Problems& out) {
  if (value.is_object() && chooses_none(branches, value.get_object(), at, out)) return;
  Fit fit = best_fit(schema, branches, value, at);
  const std::string summary = one_is_needed(branches);
  if (!fit.problems.empty() && !summary.empty()) {
    // Every other problem is one of the common part, too.
    json::object common = schema;
    common.erase("oneOf");
    common.erase("anyOf");
    Problems shared;
    check(common, value, at, shared);
    if (shared.size() < fit.problems.size()) shared.push_back({at, summary, ""});
    fit.problems = std::move(shared);
  }
  for (auto& problem : fit.problems) out.push_back(std::move(problem));
}

void check(const json::object& schema, const json::value& value, const std::string& at, Problems& out) {
  if (const auto* branches = branches_of(schema); branches && !branches->empty())
    return check_branches(schema, *branches, value, at, out);
  if (is_secret(schema)) return check_secret(schema, value, at, out);
  if (!check_type(schema, value, at, out)) return;
  check_enum(schema, value, at, out);
  if (value.is_string()) check_string(schema, value.get_string(), at, out);
  if (value.is_number()) check_range(schema, value.to_number<double>(), "minimum", "maximum", "it", at, out);
  if (const auto* object = value.if_object()) check_object(schema, *object, at, out);
  if (const auto* array = value.if_array()) check_array(schema, *array, at, out);
}

std::string node_problem(const json::object& schema, const std::string& at) {
  for (const auto& type : types_of(schema)) {
    constexpr std::string_view kTypes[] = {"string", "boolean", "integer", "number", "object", "array", "null"};
    if (std::find(std::begin(kTypes), std::end(kTypes), type) == std::end(kTypes))
      return "at " + at + ": unknown type \"" + type + "\"";
  }
  if (const auto* pattern = schema.if_contains("pattern")) {
    if (!pattern->is_string()) return "at " + at + ": pattern is not a string";
    const RE2 compiled(std::string(pattern->get_string()), RE2::Quiet);
    if (!compiled.ok()) return "at " + at + ": pattern: " + compiled.error();
  }
  return "";
}

std::string tree_problem(const json::object& schema, const std::string& at);

std::string children_problem(const json::object& properties, const std::string& at) {
  for (const auto& item : properties) {
    if (!item.value().is_object()) return "at " + below(at, item.key()) + ": is not an object";
    if (auto problem = tree_problem(item.value().get_object(), below(at, item.key())); !problem.empty()) return problem;
  }
  return "";
}

std::string tree_problem(const json::object& schema, const std::string& at) {
  std::string problem = node_problem(schema, at.empty() ? "/" : at);
  if (const auto* properties = schema.if_contains("properties"); problem.empty() && properties) {
    if (!properties->is_object()) return "at " + at + ": properties is not an object";
    problem = children_problem(properties->get_object(), at);
  }
  if (const auto* items = object_at(schema, "items"); problem.empty() && items)
    problem = tree_problem(*items, at + "/items");
  if (const auto* branches = branches_of(schema); problem.empty() && branches)
    for (const auto& branch : *branches)
      if (branch.is_object() && problem.empty()) problem = tree_problem(branch.get_object(), at);
  return problem;
}

}  // namespace

namespace schema {

json::object fitted(const json::object& plain, const json::value& value) {
  const auto* branches = branches_of(plain);
  return branches && !branches->empty() ? best_fit(plain, *branches, value, "").schema : plain;
}

}  // namespace schema

std::string schema_problem(const json::object& schema) {
  if (const auto types = types_of(schema); !types.empty() && (types.size() != 1 || types[0] != "object"))
    return "must describe an object";
  return tree_problem(schema, "");
}

std::vector<SettingsProblem> check_against_schema(const json::object& schema, const json::object& settings) {
  Problems out;
  check(schema, settings, "", out);
  return out;
}

}  // namespace jackfield::host
