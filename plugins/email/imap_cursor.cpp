#include "imap_cursor.hpp"

#include <boost/json.hpp>
#include <cstdio>
#include <ctime>

#include "imap_names.hpp"

namespace jackfield::email {
namespace {

namespace json = boost::json;

constexpr std::size_t most_unmarked = 10000;

template <class Number>
Number number_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (!value) return 0;
  boost::system::error_code bad;
  const auto number = value->to_number<Number>(bad);
  return bad ? Number(0) : number;
}

}  // namespace

std::string to_json(const ImapCursor& cursor) {
  json::object out{{"validity", cursor.validity},       {"uid", cursor.uid},
                   {"modseq", cursor.modseq},           {"newest", cursor.newest_ms},
                   {"old_until", cursor.old.until_uid}, {"old_unread", cursor.old.unread},
                   {"old_since", cursor.old.since_ms},  {"unmarked", uid_set(cursor.unmarked)}};
  return json::serialize(out);
}

std::optional<ImapCursor> read_cursor(std::string_view text) {
  boost::system::error_code bad;
  const json::value value = json::parse(text, bad);
  if (bad || !value.is_object()) return std::nullopt;
  const json::object& object = value.get_object();
  ImapCursor out;
  out.validity = number_of<std::uint32_t>(object, "validity");
  out.uid = number_of<std::uint32_t>(object, "uid");
  out.modseq = number_of<std::uint64_t>(object, "modseq");
  out.newest_ms = number_of<std::int64_t>(object, "newest");
  out.old.until_uid = number_of<std::uint32_t>(object, "old_until");
  out.old.since_ms = number_of<std::int64_t>(object, "old_since");
  const json::value* unread = object.if_contains("old_unread");
  out.old.unread = unread && unread->is_bool() && unread->get_bool();
  const json::value* unmarked = object.if_contains("unmarked");
  if (unmarked && unmarked->is_string()) out.unmarked = uids_of(unmarked->get_string(), most_unmarked);
  return out;
}

std::optional<std::int64_t> read_internal_date(std::string_view text) {
  std::tm date{};
  const std::string copy(text);
  const char* rest = strptime(copy.c_str(), "%d-%b-%Y %H:%M:%S", &date);
  if (!rest) return std::nullopt;
  int zone = 0;
  if (std::sscanf(rest, " %d", &zone) != 1) zone = 0;
  const int minutes = zone / 100 * 60 + zone % 100;
  return (static_cast<std::int64_t>(timegm(&date)) - minutes * 60) * 1000;
}

}  // namespace jackfield::email
