#include "interactive.hpp"

#include <boost/json/array.hpp>

#include "json_read.hpp"

namespace jackfield::whatsapp {
namespace {

namespace json = boost::json;
constexpr std::size_t kMostBody = 1024, kMostHeader = 60, kMostFooter = 60;
constexpr std::size_t kMostButtons = 3, kMostRows = 10;
constexpr std::size_t kMostButtonTitle = 20, kMostRowTitle = 24, kMostDescription = 72, kMostLabel = 20, kMostId = 256;

std::string id_of(const json::object& option) {
  const auto id = text_at(option, "id");
  return std::string(id.empty() ? text_at(option, "title") : id);
}

// What all kinds share; "type" and "action" are the kind's own.
json::object shell(const json::object& part, std::string_view type) {
  json::object out{{"type", type}, {"body", {{"text", text_at(part, "text")}}}};
  if (const auto header = text_at(part, "header"); !header.empty())
    out["header"] = {{"type", "text"}, {"text", header}};
  if (const auto footer = text_at(part, "footer"); !footer.empty()) out["footer"] = {{"text", footer}};
  return out;
}

bool texts_fit(const json::object& part, std::string& why) {
  if (text_at(part, "text").empty()) return why = "choices need a text", false;
  if (characters(text_at(part, "text")) > kMostBody) return why = "the text is longer than 1024 characters", false;
  if (characters(text_at(part, "header")) > kMostHeader || characters(text_at(part, "footer")) > kMostFooter)
    return why = "header or footer is longer than 60 characters", false;
  return true;
}

// Do all options have a title, and are none of their texts longer than that?
bool options_fit(const json::array& options, std::size_t title, std::size_t description) {
  for (const auto& each : options) {
    const auto* option = each.if_object();
    if (!option || text_at(*option, "title").empty() || characters(text_at(*option, "title")) > title ||
        characters(text_at(*option, "description")) > description || characters(id_of(*option)) > kMostId)
      return false;
  }
  return true;
}

json::object buttons(const json::object& part, const json::array& options) {
  json::array out;
  for (const auto& each : options)
    out.push_back({{"type", "reply"},
                   {"reply", {{"id", id_of(each.get_object())}, {"title", text_at(each.get_object(), "title")}}}});
  auto whole = shell(part, "button");
  whole["action"] = {{"buttons", std::move(out)}};
  return whole;
}

json::object list(const json::object& part, const json::array& options) {
  json::array rows;
  for (const auto& each : options) {
    const auto& option = each.get_object();
    json::object row{{"id", id_of(option)}, {"title", text_at(option, "title")}};
    if (const auto more = text_at(option, "description"); !more.empty()) row["description"] = more;
    rows.push_back(std::move(row));
  }
  const auto label = text_at(part, "button");
  auto whole = shell(part, "list");
  whole["action"] = {{"button", label.empty() || characters(label) > kMostLabel ? std::string_view("\u2630") : label},
                     {"sections", json::array{json::object{{"rows", std::move(rows)}}}}};
  return whole;
}

json::object link(const json::object& part, const json::object& option) {
  auto whole = shell(part, "cta_url");
  whole["action"] = {{"name", "cta_url"},
                     {"parameters", {{"display_text", text_at(option, "title")}, {"url", text_at(option, "url")}}}};
  return whole;
}

json::object of_options(const json::object& part, const json::array& options, std::string& why) {
  if (options.empty()) {
    why = "choices need options";
    return {};
  }
  const auto* only = options.size() == 1 ? options.front().if_object() : nullptr;
  if (only && !text_at(*only, "url").empty() && characters(text_at(*only, "title")) <= kMostButtonTitle)
    return link(part, *only);
  if (options.size() <= kMostButtons && options_fit(options, kMostButtonTitle, 0)) return buttons(part, options);
  if (options.size() <= kMostRows && options_fit(options, kMostRowTitle, kMostDescription)) return list(part, options);
  why = options.size() > kMostRows ? "there are more than 10 options" : "an option is longer than WhatsApp shows it";
  return {};
}

}  // namespace

std::size_t characters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

json::object interactive_of(const json::object& part, std::string& why) {
  if (!texts_fit(part, why)) return {};
  if (const auto* form = object_at(part, "form")) {
    auto whole = shell(part, "flow");
    whole["action"] = {{"name", "flow"}, {"parameters", *form}};
    return whole;
  }
  const auto request = text_at(part, "request");
  if (request == "location" || request == "contact") {
    const auto* kind = request == "location" ? "location_request_message" : "request_contact_info";
    auto whole = shell(part, kind);
    whole["action"] = {{"name", request == "location" ? "send_location" : "request_contact_info"}};
    return whole;
  }
  const auto* options = array_at(part, "options");
  return of_options(part, options ? *options : json::array(), why);
}

std::string numbered_list(const json::object& part) {
  std::string out(text_at(part, "text"));
  const auto* options = array_at(part, "options");
  for (std::size_t i = 0; options && i < options->size(); ++i) {
    const auto* option = (*options)[i].if_object();
    if (!option) continue;
    out += (out.empty() ? "" : "\n") + std::to_string(i + 1) + ". " + std::string(text_at(*option, "title"));
    for (const auto* key : {"description", "url"})
      if (const auto more = text_at(*option, key); !more.empty()) out += " (" + std::string(more) + ")";
  }
  return out;
}

}  // namespace jackfield::whatsapp
