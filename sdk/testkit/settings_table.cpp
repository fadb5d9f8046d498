#include "settings_table.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "case_file.hpp"

namespace jackfield::testkit {
namespace json = boost::json;
namespace {

constexpr std::string_view kBegin = "<!-- settings: from the manifest -->\n", kEnd = "<!-- end of settings -->";

bool is_required(const json::object& schema, std::string_view name) {
  const auto* required = schema.if_contains("required");
  if (required == nullptr) return false;
  for (const auto& each : required->as_array())
    if (each.as_string() == name) return true;
  return false;
}

std::string default_of(const json::object& property, bool required) {
  if (required) return "required";
  const auto* value = property.if_contains("default");
  if (value == nullptr) return "none";
  return "`" + (value->is_string() ? std::string(value->get_string()) : json::serialize(*value)) + "`";
}

}  // namespace

std::string settings_table(std::string_view manifest) {
  const json::object root = json::parse(manifest).as_object();
  const json::object& schema = member_object(root, "settings");
  std::string out = "| setting | default | |\n|---|---|---|\n";
  for (const auto& [name, property] : member_object(schema, "properties")) {
    const auto& rules = property.as_object();
    const bool secret = rules.contains("secret") && rules.at("secret").as_bool();
    out.append("| `").append(name).append("` | ").append(default_of(rules, is_required(schema, name))).append(" | ");
    out.append(string_or(rules, "description", "")).append(secret ? " (secret)" : "").append(" |\n");
  }
  return out;
}

std::string check_settings_page(const std::filesystem::path& page, std::string_view manifest) {
  std::ifstream in(page, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto begin = text.find(kBegin), end = text.find(kEnd);
  if (begin == std::string::npos || end == std::string::npos || end < begin)
    return page.string() + " has no place for the settings";
  const auto from = begin + kBegin.size();
  const std::string table = settings_table(manifest);
  if (text.substr(from, end - from) == table) return "";
  const char* update = std::getenv("JACKFIELD_UPDATE");
  if (update == nullptr || *update != '1')
    return page.string() + " does not have the settings of the manifest; it should say:\n" + table;
  std::ofstream(page, std::ios::binary) << text.replace(from, end - from, table);
  return "";
}

}  // namespace jackfield::testkit
