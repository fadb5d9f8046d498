#include "scenario/story.hpp"

namespace jackfield::scenario {

const Value* Value::find(std::string_view key) const {
  for (const auto& [name, value] : members)
    if (name == key) return &value;
  return nullptr;
}

std::string Value::word(std::string_view key) const {
  const Value* value = find(key);
  return value ? value->text : std::string{};
}

std::vector<std::string> Value::texts() const {
  if (kind == Kind::text) return {text};
  std::vector<std::string> out;
  for (const auto& item : items) out.push_back(item.text);
  return out;
}

std::vector<std::string> Value::texts(std::string_view key) const {
  const Value* value = find(key);
  return value ? value->texts() : std::vector<std::string>{};
}

}  // namespace jackfield::scenario
