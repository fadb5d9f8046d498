#include "flow/convert.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>

namespace jackfield::flow {
namespace {

namespace json = boost::json;

std::string_view text_in(const json::object& part, std::string_view name) {
  const auto* value = part.if_contains(name);
  return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view{};
}

void add_line(std::string& out, std::string_view line) {
  if (line.empty()) return;
  if (!out.empty()) out += '\n';
  out += line;
}

const json::array* list_in(const json::object& part, std::string_view name) {
  const auto* value = part.if_contains(name);
  return value ? value->if_array() : nullptr;
}

std::string choices_text(const json::object& part) {
  std::string out(text_in(part, "text"));
  int number = 0;
  const auto* options = list_in(part, "options");
  for (std::size_t i = 0; options && i < options->size(); ++i) {
    const auto* option = (*options)[i].if_object();
    if (!option) continue;
    const auto description = text_in(*option, "description");
    std::string line = std::to_string(++number) + ". " + std::string(text_in(*option, "title"));
    if (!description.empty()) line += " (" + std::string(description) + ")";
    add_line(out, line);
  }
  return out;
}

// As it was written, so that no digit is lost.
std::string coordinate(const json::object& part, std::string_view name) {
  const auto* value = part.if_contains(name);
  if (!value || !value->is_number()) return "0";
  if (value->is_int64()) return std::to_string(value->get_int64());
  std::string out = std::to_string(value->to_number<double>());
  while (out.back() == '0') out.pop_back();
  if (out.back() == '.') out.pop_back();
  return out;
}

std::string location_text(const json::object& part) {
  std::string out(text_in(part, "name"));
  add_line(out, text_in(part, "address"));
  const std::string latitude = coordinate(part, "latitude"), longitude = coordinate(part, "longitude");
  add_line(out, "https://www.openstreetmap.org/?mlat=" + latitude + "&mlon=" + longitude);
  return out;
}

std::string contact_text(const json::object& part) {
  std::string out(text_in(part, "name"));
  add_line(out, text_in(part, "organization"));
  for (const auto* name : {"phones", "emails", "urls"}) {
    const auto* list = list_in(part, name);
    for (std::size_t i = 0; list && i < list->size(); ++i)
      if ((*list)[i].is_string()) add_line(out, (*list)[i].get_string());
  }
  return out;
}

}  // namespace

std::string text_for(const json::object& part) {
  const auto type = text_in(part, "type");
  if (type == "choices") return choices_text(part);
  if (type == "location") return location_text(part);
  return contact_text(part);
}

json::array convert(json::array& parts, const std::vector<std::string>& types) {
  json::array done;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto& part = parts[i].get_object();
    if (std::find(types.begin(), types.end(), text_in(part, "type")) == types.end()) continue;
    json::object text{{"type", "text"}, {"text", text_for(part)}};
    done.push_back(json::object{{"part", i}, {"was", std::move(part)}});
    parts[i] = std::move(text);
  }
  return done;
}

}  // namespace jackfield::flow
