#include "app/hours.hpp"

#include <algorithm>
#include <cstdio>

#include "app/values.hpp"

namespace jackfield::app {
namespace {

const std::vector<std::string> kDays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

// "08:00" as minutes; "24:00" ends a day.
std::optional<int> parse_minutes(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const std::size_t i : {0, 1, 3, 4})
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
  const int hours = (text[0] - '0') * 10 + text[1] - '0', minutes = (text[3] - '0') * 10 + text[4] - '0';
  const int all = hours * 60 + minutes;
  return minutes < 60 && all <= 24 * 60 ? std::optional(all) : std::nullopt;
}

void read_span(const Node& node, std::vector<flow::OpenSpan>& out, Problems& problems) {
  const auto dash = node.text.find('-');
  const auto from = parse_minutes(std::string_view(node.text).substr(0, dash));
  const auto to =
      dash == std::string::npos ? std::nullopt : parse_minutes(std::string_view(node.text).substr(dash + 1));
  if (node.kind == Node::Kind::scalar && from && to && *from != *to && *from < 24 * 60)
    return out.push_back({*from, *to});
  problems.error(node.place, "expected hours as in \"08:00-12:00\", not " + node.shown());
}

std::vector<flow::OpenSpan> read_spans(const Node& node, Problems& problems) {
  std::vector<flow::OpenSpan> out;
  if (node.kind == Node::Kind::list) {
    for (const auto& item : node.items) read_span(item, out, problems);
  } else {
    read_span(node, out, problems);
  }
  return out;
}

// "mon", "mon-fri"; a range may go over Sunday.
std::vector<std::size_t> parse_days(std::string_view text) {
  const auto number = [](std::string_view name) {
    return static_cast<std::size_t>(std::find(kDays.begin(), kDays.end(), name) - kDays.begin());
  };
  const auto dash = text.find('-');
  const std::size_t first = number(text.substr(0, dash));
  const std::size_t last = dash == std::string_view::npos ? first : number(text.substr(dash + 1));
  if (first >= 7 || last >= 7) return {};
  std::vector<std::size_t> out{first};
  while (out.back() != last) out.push_back((out.back() + 1) % 7);
  return out;
}

void read_week(const Node& node, flow::CalendarSpec& out, Problems& problems) {
  if (node.kind != Node::Kind::map)
    return problems.error(node.place, "open must be a map of days, not " + node.shown());
  for (const auto& [key, value] : node.entries) {
    const auto days = parse_days(key.text);
    if (days.empty())
      problems.error(key.place,
                     "\"" + key.text + "\" names no days: mon, tue … sun, or mon-fri" + suggestion(key.text, kDays));
    const auto spans = read_spans(value, problems);
    for (const auto day : days) out.week[day].insert(out.week[day].end(), spans.begin(), spans.end());
  }
}

std::optional<flow::LocalDay> parse_date(const std::string& text) {
  int y = 0;
  unsigned m = 0, d = 0;
  char rest = 0;
  if (text.size() != 10 || std::sscanf(text.c_str(), "%4d-%2u-%2u%c", &y, &m, &d, &rest) != 3) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{y}, std::chrono::month{m}, std::chrono::day{d}};
  return date.ok() ? std::optional(flow::LocalDay{std::chrono::local_days{date}}) : std::nullopt;
}

std::optional<flow::LocalDay> read_date(const std::string& text, Place place, Problems& problems) {
  const auto day = parse_date(text);
  if (!day) problems.error(place, "expected a day as in 2026-12-25, not \"" + text + "\"");
  return day;
}

std::string read_timezone(const Node& zone, Problems& problems) {
  const std::string name = read_string(zone, problems).value_or("UTC");
  const auto made = flow::Calendar::make({.timezone = name, .week = {}, .days = {}});
  if (made) return name;
  problems.error(zone.place, made.error().message);
  return "UTC";
}

flow::CalendarSpec read_calendar(const Key& key, const Node& node, Problems& problems) {
  flow::CalendarSpec out;
  MapReader map(node, "the hours " + key.text, problems);
  if (const Node* zone = map.get("timezone")) out.timezone = read_timezone(*zone, problems);
  if (const Node* open = map.required("open")) read_week(*open, out, problems);
  if (const Node* closed = map.get("closed")) {
    const auto add = [&](const Node& item) {
      if (const auto day = read_date(item.text, item.place, problems)) out.days[*day] = {};
    };
    if (closed->kind != Node::Kind::list) add(*closed);
    for (const auto& item : closed->items) add(item);
  }
  if (const Node* special = map.get("special")) {
    if (special->kind != Node::Kind::map)
      problems.error(special->place, "special must be a map of days, not " + special->shown());
    for (const auto& [date, spans] : special->entries)
      if (const auto day = read_date(date.text, date.place, problems)) out.days[*day] = read_spans(spans, problems);
  }
  map.finish();
  return out;
}

}  // namespace

std::map<std::string, flow::CalendarSpec> read_hours(const Node& node, Problems& problems) {
  std::map<std::string, flow::CalendarSpec> out;
  if (node.kind != Node::Kind::map) {
    problems.error(node.place, "hours must be a map of calendars, not " + node.shown());
    return out;
  }
  for (const auto& [key, value] : node.entries) out[key.text] = read_calendar(key, value, problems);
  return out;
}

void read_reports(const Node& node, flow::ReportsSpec& out, Problems& problems) {
  MapReader map(node, "reports", problems);
  if (const Node* zone = map.get("timezone")) out.timezone = read_timezone(*zone, problems);
  if (const Node* keep = map.get("keep")) {
    const auto read = read_duration(*keep, problems);
    if (read && *read < std::chrono::days{1}) problems.error(keep->place, "keep is too short: at least 1d");
    if (read) out.keep = *read;
  }
  map.finish();
}

}  // namespace jackfield::app
