#include "simulate/smsc_behaviour.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <string_view>
#include <vector>

namespace jackfield::simulate {
namespace {

namespace json = boost::json;
using Words = std::vector<std::string_view>;

bool set_word(const json::value& value, std::string& word, const Words& words) {
  const auto* text = value.if_string();
  if (!text || (!words.empty() && std::find(words.begin(), words.end(), std::string_view(*text)) == words.end()))
    return false;
  word = *text;
  return true;
}

template <class Number>
bool set_number(const json::value& value, Number& number) {
  const auto* given = value.if_int64();
  if (!given || *given < 0 || *given > 1'000'000'000) return false;
  number = static_cast<Number>(*given);
  return true;
}

bool set_flag(const json::value& value, bool& flag) {
  const bool* given = value.if_bool();
  if (given) flag = *given;
  return given != nullptr;
}

bool set(SmscBehaviour& to, std::string_view name, const json::value& value) {
  if (name == "ids") return set_word(value, to.ids, {"decimal", "hex", "HEX", "padded", "uuid"});
  if (name == "next_id") return set_number(value, to.next_id);
  if (name == "receipt_ids") return set_word(value, to.receipt_ids, {"same", "decimal", "hex", "HEX", "padded"});
  if (name == "receipts") return set_word(value, to.receipts, {"none", "after", "before"});
  if (name == "receipt_form") return set_word(value, to.receipt_form, {"text", "parameters", "both"});
  if (name == "receipt_state") return set_word(value, to.receipt_state, {});
  if (name == "receipt_delay_ms") return set_number(value, to.receipt_delay_ms);
  if (name == "delay_ms") return set_number(value, to.delay_ms);
  if (name == "throttle") return set_number(value, to.throttle);
  if (name == "refuse") return set_number(value, to.refuse);
  if (name == "refuse_status") return set_number(value, to.refuse_status);
  if (name == "per_second") return set_number(value, to.per_second);
  if (name == "drop_after") return set_number(value, to.drop_after);
  if (name == "no_body") return set_flag(value, to.no_body);
  return name == "silent" && set_flag(value, to.silent);
}

std::string formatted(const char* format, std::uint64_t number) {
  char text[64];
  std::snprintf(text, sizeof text, format, static_cast<unsigned long long>(number));
  return text;
}

}  // namespace

Result<SmscBehaviour> changed(SmscBehaviour behaviour, const json::object& to) {
  for (const auto& [name, value] : to)
    if (!set(behaviour, name, value))
      return fail(Errc::invalid, std::string(name) + " is not known, or cannot be " + json::serialize(value));
  return behaviour;
}

std::string id_of(std::uint64_t number, const std::string& way) {
  if (way == "hex") return formatted("%llx", number);
  if (way == "HEX") return formatted("%llX", number);
  if (way == "padded") return formatted("%020llu", number);
  if (way == "uuid") return formatted("00000000-0000-4000-8000-%012llx", number);
  return formatted("%llu", number);
}

}  // namespace jackfield::simulate
