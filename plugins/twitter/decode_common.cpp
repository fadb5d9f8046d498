// What the writers of events share: users, ids, times.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <ctime>

#include "decode_item.hpp"
#include "json_read.hpp"
#include "json_write.hpp"

namespace jackfield::twitter {
namespace {

namespace json = boost::json;
constexpr std::int64_t kSnowflakeEpoch = 1288834974657, kLastMs = 253402300799999;

const json::object* unwrapped(const json::value* value) {
  const auto* object = value ? value->if_object() : nullptr;
  const auto* inner = object ? object_at(*object, "data") : nullptr;
  return inner ? inner : object;
}

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool take(std::string_view text, std::size_t at, std::size_t digits, int& out) {
  if (at + digits > text.size() || !all_digits(text.substr(at, digits))) return false;
  std::from_chars(text.data() + at, text.data() + at + digits, out);
  return true;
}

}  // namespace

const json::object* user_of(const Envelope& envelope, std::string_view id) {
  if (id.empty()) return nullptr;
  if (const auto* by_id = envelope.users ? envelope.users->if_object() : nullptr)
    if (const auto* found = unwrapped(by_id->if_contains(id))) return found;
  const auto* list = envelope.users ? envelope.users->if_array() : nullptr;
  if (!list && envelope.includes) list = array_at(*envelope.includes, "users");
  for (std::size_t i = 0; list && i < list->size(); ++i)
    if (const auto* user = unwrapped(&(*list)[i]); user && text_at(*user, "id") == id) return user;
  return nullptr;
}

std::string_view username_of(const json::object* user) {
  if (!user) return {};
  const auto username = text_at(*user, "username");
  return username.empty() ? text_at(*user, "screen_name") : username;
}

void append_address(std::string& out, std::string_view id) {
  out += R"({"address":"twitter:)";
  out += id;  // digits
  out += "\"}";
}

void append_customer(std::string& out, std::string_view id, const json::object* user) {
  out += R"({"address":"twitter:)";
  out += id;
  out += '"';
  const auto name = user ? text_at(*user, "name") : std::string_view();
  append_field_if(out, "name", name.empty() ? username_of(user) : name);
  out += R"(,"evidence":"attested"})";
}

bool is_id(std::string_view text) { return text.size() <= 20 && all_digits(text); }

std::int64_t number_at(const json::object& in, std::string_view key) {
  const auto* value = in.if_contains(key);
  if (!value) return -1;
  if (value->is_int64()) return value->get_int64();
  const auto text = text_of(*value);
  std::int64_t number = -1;
  if (all_digits(text)) std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::int64_t parse_iso_time(std::string_view text) {
  using namespace std::chrono;
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, ms = 0;
  const bool shaped = text.size() >= 20 && text[4] == '-' && text[10] == 'T' && text.ends_with('Z');
  if (!shaped || !take(text, 0, 4, y) || !take(text, 5, 2, mo) || !take(text, 8, 2, d) || !take(text, 11, 2, h) ||
      !take(text, 14, 2, mi) || !take(text, 17, 2, s))
    return -1;
  if (text.size() >= 24 && text[19] == '.') take(text, 20, 3, ms);
  const year_month_day date{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
  if (!date.ok() || y < 1970) return -1;
  const auto at = sys_days{date} + hours{h} + minutes{mi} + seconds{s} + milliseconds{ms};
  return duration_cast<milliseconds>(at.time_since_epoch()).count();
}

std::int64_t parse_old_time(std::string_view text) {
  std::tm at{};
  const std::string copy(text);
  const char* end = strptime(copy.c_str(), "%a %b %d %H:%M:%S +0000 %Y", &at);
  if (!end || *end) return -1;
  const auto seconds = timegm(&at);
  return seconds < 0 ? -1 : static_cast<std::int64_t>(seconds) * 1000;
}

std::int64_t time_of_id(std::string_view id) {
  std::int64_t number = 0;
  const auto end = std::from_chars(id.data(), id.data() + id.size(), number);
  if (end.ec != std::errc() || end.ptr != id.data() + id.size() || number < (std::int64_t{1} << 40)) return -1;
  return (number >> 22) + kSnowflakeEpoch;
}

void append_time_field(std::string& out, std::string_view key, std::int64_t unix_ms) {
  if (unix_ms < 0 || unix_ms > kLastMs) return;
  out += ",\"";
  out += key;
  out += "\":";
  append_time(out, unix_ms / 1000);
  const auto ms = static_cast<int>(unix_ms % 1000);
  char* digits = out.data() + out.size() - 5;  // 000Z"
  digits[0] = static_cast<char>('0' + ms / 100), digits[1] = static_cast<char>('0' + ms / 10 % 10);
  digits[2] = static_cast<char>('0' + ms % 10);
}

std::string kind_name(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: return "null";
    case json::kind::bool_: return "a truth value";
    case json::kind::string: return "a string";
    case json::kind::array: return "an array";
    case json::kind::object: return "an object";
    default: return "a number";
  }
}

}  // namespace jackfield::twitter
