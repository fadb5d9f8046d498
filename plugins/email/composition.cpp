#include "composition.hpp"

#include <boost/json/value.hpp>

#include "ascii.hpp"

namespace jackfield::email {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

bool flag_of(const json::object& object, std::string_view key, bool otherwise) {
  const json::value* value = object.if_contains(key);
  return value && value->is_bool() ? value->get_bool() : otherwise;
}

}  // namespace

Composition read_composition(const json::object& settings) {
  Composition out;
  out.signature = text_of(settings, "signature");
  out.plus_addresses = flag_of(settings, "plus_addresses", true);
  out.subject_mark = flag_of(settings, "subject_mark", false);
  if (const json::value* most = settings.if_contains("automatic_a_day");
      most && most->is_int64() && most->get_int64() >= 0)
    out.automatic_a_day = static_cast<std::size_t>(most->get_int64());
  const json::value* templates = settings.if_contains("templates");
  if (!templates || !templates->is_object()) return out;
  for (const auto& [name, value] : templates->get_object())
    if (value.is_object())
      out.templates[std::string(name)] = {text_of(value.get_object(), "subject"), text_of(value.get_object(), "text")};
  return out;
}

std::string fill_in(std::string_view text, const Values& values) {
  std::string out;
  while (!text.empty()) {
    const auto begin = text.find("{{");
    const auto end = text.find("}}", begin == std::string_view::npos ? 0 : begin);
    if (begin == std::string_view::npos || end == std::string_view::npos) break;
    out += text.substr(0, begin);
    const auto value = values.find(trim(text.substr(begin + 2, end - begin - 2)));
    if (value != values.end()) out += value->second;
    text.remove_prefix(end + 2);
  }
  out += text;
  return out;
}

}  // namespace jackfield::email
