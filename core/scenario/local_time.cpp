#include "scenario/local_time.hpp"

#include <date/tz.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace jackfield::scenario {
namespace {

constexpr std::array<std::string_view, 7> kWeekdays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

std::optional<std::chrono::seconds> parse_time(const std::string& text) {
  int h = 0, m = 0, s = 0, end = 0;
  const int read = std::sscanf(text.c_str(), "%2d:%2d%n:%2d%n", &h, &m, &end, &s, &end);
  if (read < 2 || static_cast<std::size_t>(end) != text.size() || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 59)
    return std::nullopt;
  return std::chrono::hours{h} + std::chrono::minutes{m} + std::chrono::seconds{s};
}

std::optional<std::chrono::local_days> parse_date(const std::string& text) {
  int y = 0, end = 0;
  unsigned m = 0, d = 0;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2u%n", &y, &m, &d, &end) != 3 || static_cast<std::size_t>(end) != text.size())
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{y}, std::chrono::month{m}, std::chrono::day{d}};
  return date.ok() ? std::optional(std::chrono::local_days{date}) : std::nullopt;
}

}  // namespace

std::optional<Moment> parse_moment(std::string_view text) {
  Moment out;
  const auto gap = text.find_first_of(" T");
  if (gap != std::string_view::npos) {
    const std::string day(text.substr(0, gap));
    const auto weekday = std::find(kWeekdays.begin(), kWeekdays.end(), day);
    if (weekday != kWeekdays.end())
      out.weekday = static_cast<int>(weekday - kWeekdays.begin());
    else if (!(out.date = parse_date(day)))
      return std::nullopt;
    text.remove_prefix(gap + 1);
  }
  const auto time = parse_time(std::string(text));
  if (!time) return std::nullopt;
  out.time = *time;
  return out;
}

struct LocalTime::State {
  const date::time_zone* zone = nullptr;
};

Result<LocalTime> LocalTime::make(const std::string& zone) {
  try {
    return LocalTime(std::make_shared<const State>(State{date::locate_zone(zone)}));
  } catch (const std::exception&) {
    return fail(Errc::invalid, "there is no time zone \"" + zone + "\" (as in Europe/Paris)");
  }
}

std::string LocalTime::shown(Time at) const {
  if (at == Time{}) return {};
  const auto local =
      state_->zone->to_local(date::floor<std::chrono::seconds>(date::sys_time<Millis>{at.time_since_epoch()}));
  const bool whole = local.time_since_epoch().count() % 60 == 0;
  return date::format(whole ? "%F %H:%M" : "%F %T", local);
}

Result<Time> LocalTime::resolve(const Moment& moment, Time now) const {
  const date::sys_seconds sys_now{std::chrono::floor<std::chrono::seconds>(now.time_since_epoch())};
  date::local_days day = date::floor<date::days>(state_->zone->to_local(sys_now));
  if (moment.date) day = date::local_days{date::days{moment.date->time_since_epoch().count()}};
  if (moment.weekday) {
    const auto today = static_cast<int>(date::weekday{day}.iso_encoding()) - 1;
    day += date::days{(*moment.weekday - today + 7) % 7};
    if (day + moment.time < state_->zone->to_local(sys_now)) day += date::days{7};
  }
  const auto local = date::local_seconds{day + moment.time};
  const auto info = state_->zone->get_info(local);
  if (info.result == date::local_info::nonexistent)
    return fail(Errc::invalid, date::format("%F %H:%M", local) + " is left out by the change to summer time");
  const auto as_time = [&](const date::sys_info& of) {
    return Time{std::chrono::duration_cast<Millis>(local.time_since_epoch() - of.offset)};
  };
  const Time first = as_time(info.first);
  if (first >= now) return first;
  if (info.result == date::local_info::ambiguous && as_time(info.second) >= now) return as_time(info.second);
  return fail(Errc::invalid, "it is " + shown(now) + " already");
}

}  // namespace jackfield::scenario
