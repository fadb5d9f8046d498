// Parts of a message: their shape, their limits, and what of them a person reads.
#include <array>

#include "model/json.hpp"

namespace jackfield {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostParts = 1000;
constexpr std::size_t kMostText = 4 * 1024 * 1024;

constexpr std::array<std::string_view, 10> kTypes{"text",   "media",    "location", "contact", "choices",
                                                  "choice", "reaction", "template", "system",  "unsupported"};

std::string_view text_in(const json::object& part, std::string_view name) {
  const auto* value = part.if_contains(name);
  return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view{};
}

void append_line(std::string& out, std::string_view line) {
  if (line.empty()) return;
  if (!out.empty()) out += '\n';
  out += line;
}

Error wrong(std::size_t at, std::string_view what) {
  return fail(Errc::invalid, "parts[" + std::to_string(at) + "]" + std::string(what));
}

Result<void> need_text(const json::object& part, std::size_t at, std::string_view name) {
  const auto* value = part.if_contains(name);
  if (!value || !value->is_string()) return wrong(at, "." + std::string(name) + " must be a string");
  if (value->get_string().size() > kMostText) return wrong(at, "." + std::string(name) + " is over 4 MiB");
  return {};
}

Result<void> check_part(const json::object& part, std::size_t at, std::string_view type) {
  if (type == "text") return need_text(part, at, "text");
  if (type == "choice") return need_text(part, at, "title");
  if (type == "unsupported" || type == "system") return need_text(part, at, "what");
  if (type == "location") {
    for (const auto* name : {"latitude", "longitude"}) {
      const auto* value = part.if_contains(name);
      if (!value || !value->is_number()) return wrong(at, "." + std::string(name) + " must be a number");
    }
  }
  if (type == "choices" && !part.contains("form") && !part.contains("request")) {
    const auto* options = part.if_contains("options");
    if (!options || !options->is_array()) return wrong(at, ".options must be a list");
  }
  if (type == "media" && !part.contains("blob") && !part.contains("id") && !part.contains("source"))
    return wrong(at, " is media without an id, a blob or a source");
  return {};
}

}  // namespace

std::string text_of(const json::array& parts) {
  std::string out;
  for (const auto& entry : parts) {
    const auto* part = entry.if_object();
    if (!part) continue;
    const auto type = text_in(*part, "type");
    if (type == "text" || type == "choices" || type == "system") append_line(out, text_in(*part, "text"));
    if (type == "media") append_line(out, text_in(*part, "caption"));
    if (type == "choice") append_line(out, text_in(*part, "title"));
  }
  return out;
}

Result<void> check_parts(const json::array& parts) {
  if (parts.size() > kMostParts) return fail(Errc::invalid, "more than 1000 parts");
  for (std::size_t at = 0; at < parts.size(); ++at) {
    const auto* part = parts[at].if_object();
    if (!part) return wrong(at, " must be an object");
    const auto type = text_in(*part, "type");
    bool known = false;
    for (const auto name : kTypes) known = known || name == type;
    if (!known)
      return wrong(at,
                   ".type is not one of text, media, location, contact, choices, choice, reaction, template, system, "
                   "unsupported");
    if (auto checked = check_part(*part, at, type); !checked) return checked;
  }
  return {};
}

}  // namespace jackfield
