#include "flow/question.hpp"

#include <boost/json/object.hpp>

#include "base/has.hpp"

namespace jackfield::flow {

const std::string& language_of(const Conversation& conversation, const Contact& contact) {
  return conversation.language.empty() ? contact.language : conversation.language;
}

bool shows_choices(const Channel& channel) { return has(channel.manifest.parts_out, "choices"); }

bool lists_choices(const Channel& channel) { return has(channel.manifest.converts, "choices"); }

std::string_view choice_made(const Content& content, std::string_view prefix) {
  for (const auto& entry : content.parts) {
    const auto* part = entry.if_object();
    const auto* id = part && part->contains("title") ? part->if_contains("id") : nullptr;  // made, not offered
    if (id && id->is_string() && std::string_view(id->get_string()).starts_with(prefix))
      return std::string_view(id->get_string()).substr(prefix.size());
  }
  return {};
}

}  // namespace jackfield::flow
