#include "setting_values.hpp"

#include <boost/json.hpp>
#include <charconv>

namespace jackfield::email {
namespace {

namespace json = boost::json;

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// "25MiB": a whole number and one of the units; at most 2^50.
std::optional<std::uint64_t> read_measure(std::string_view text, std::initializer_list<Unit> units) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const Unit& known : units)
    if (unit == known.name && number <= (1ull << 50) / known.factor) return number * known.factor;
  return std::nullopt;
}

}  // namespace

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

const json::object* object_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value ? value->if_object() : nullptr;
}

std::vector<std::string> texts_of(const json::object& object, std::string_view key) {
  std::vector<std::string> texts;
  const json::value* value = object.if_contains(key);
  if (value && value->is_string()) texts.emplace_back(value->get_string());
  if (value && value->is_array())
    for (const json::value& entry : value->get_array())
      if (entry.is_string()) texts.emplace_back(entry.get_string());
  return texts;
}

std::size_t number_of(const json::object& object, std::string_view key, std::size_t otherwise) {
  const json::value* value = object.if_contains(key);
  if (!value || !value->is_number()) return otherwise;
  const auto number = value->to_number<std::int64_t>();
  return number > 0 ? static_cast<std::size_t>(number) : otherwise;
}

std::optional<std::size_t> read_size(const json::value& value) {
  if (value.is_int64() && value.get_int64() >= 0) return static_cast<std::size_t>(value.get_int64());
  if (value.is_uint64()) return value.get_uint64();
  if (!value.is_string()) return std::nullopt;
  return read_measure(value.get_string(), {{"", 1}, {"B", 1}, {"KiB", 1u << 10}, {"MiB", 1u << 20}, {"GiB", 1u << 30}});
}

std::optional<std::int64_t> read_duration(std::string_view text) {
  const auto ms = read_measure(text, {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}});
  if (!ms) return std::nullopt;
  return static_cast<std::int64_t>(*ms);
}

}  // namespace jackfield::email
